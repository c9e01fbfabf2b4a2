"""HTTP/1.1 to a pod across its link, with the one distinction a proxy needs.

A proxy may try the next pod only when nothing was sent to this one. General HTTP
clients blur that; here a failed connect is `ConnectFailedError`, and a failure
after sending is `ConnectionBrokenError`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from seakeep.sandbox.link import Direction, Link

__all__ = ["Answer", "ConnectFailedError", "ConnectionBrokenError", "PodClient"]

_BODILESS = {204, 304}


class ConnectFailedError(Exception):
    """No connection to the pod; nothing was sent."""


class ConnectionBrokenError(Exception):
    """The connection broke after the request was sent, so the pod may have acted on it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A pod's HTTP answer."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class PodClient:
    """Keeps connections to one pod alive and sends one request at a time on each."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._idle: list[_Connection] = []

    async def send(self, method: str, head: bytes, body: bytes = b"") -> Answer:
        """Send a request (`head` up to and with the blank line) and await its answer.

        Raises:
            ConnectFailedError: Nothing was sent.
            ConnectionBrokenError: The answer did not come in full.
        """
        connection = await self._connection()
        try:
            answer = await connection.exchange(method, head + body)
        except BaseException:
            connection.close()
            raise
        if connection.alive:
            self._idle.append(connection)
        return answer

    async def get(self, path: str, limit_s: float) -> Answer:
        """GET a path of the pod.

        Raises:
            TimeoutError: No answer within `limit_s` seconds.
            ConnectFailedError: Nothing was sent.
            ConnectionBrokenError: The answer did not come in full.
        """
        async with asyncio.timeout(limit_s):
            return await self.send("GET", f"GET {path} HTTP/1.1\r\nHost: pod\r\n\r\n".encode())

    def close(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    async def _connection(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.alive:
                return connection
        return await self._open()

    async def _open(self) -> _Connection:
        loop = asyncio.get_running_loop()
        await self.link.cross(Direction.FORWARD)
        try:
            if self.link.address is None:
                raise ConnectFailedError("the container does not run")
            connection = _Connection(self.link)
            try:
                await loop.create_connection(lambda: connection, *self.link.address)
            except OSError as error:
                connection.close()
                raise ConnectFailedError(str(error)) from None
        finally:
            await self.link.cross(Direction.BACKWARD)
        return connection


class _Connection(asyncio.Protocol):
    """One keep-alive connection; both ways go through the link's pipes."""

    def __init__(self, link: Link) -> None:
        self._to_pod = link.pipe(Direction.FORWARD, self._deliver)
        self._from_pod = link.pipe(Direction.BACKWARD, self._received)
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._bodiless = False
        self._answer: asyncio.Future[Answer] | None = None
        self.alive = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._from_pod.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self.alive:
            self._from_pod.feed(b"")

    async def exchange(self, method: str, request: bytes) -> Answer:
        self._buffer.clear()
        self._bodiless = method == "HEAD"
        self._answer = asyncio.get_running_loop().create_future()
        self._to_pod.feed(request)
        return await self._answer

    def close(self) -> None:
        self.alive = False
        self._to_pod.close()
        self._from_pod.close()
        if self._transport is not None:
            self._transport.abort()

    def _deliver(self, chunk: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(chunk)

    def _received(self, chunk: bytes) -> None:
        if not chunk:
            self.close()
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(ConnectionBrokenError("the pod closed the connection"))
            return
        self._buffer += chunk
        self._parse()

    def _parse(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answer is None or self._answer.done():
            return
        lines = self._buffer[:end].decode("latin-1").split("\r\n")
        _, code, reason = [*lines[0].split(" ", 2), ""][:3]
        pairs = [line.partition(":") for line in lines[1:]]
        headers = tuple((name, value.strip()) for name, _, value in pairs)
        fields = {name.lower(): value for name, value in headers}
        status = int(code)
        bodiless = self._bodiless or status in _BODILESS
        if not bodiless and "content-length" not in fields:
            # The application always sends it; anything else can't be framed here.
            self.close()
            self._answer.set_exception(ConnectionBrokenError("an answer without Content-Length"))
            return
        length = 0 if bodiless else int(fields["content-length"])
        if len(self._buffer) < end + 4 + length:
            return
        body = bytes(self._buffer[end + 4 : end + 4 + length])
        if fields.get("connection", "").lower() == "close":
            self.close()
        self._answer.set_result(Answer(status, reason, headers, body))
