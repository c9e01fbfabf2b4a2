"""The application's way to the store: one pipelined connection with a time limit."""

from __future__ import annotations

import asyncio
from collections import deque

__all__ = ["StoreClient", "StoreUnreachableError"]


class StoreUnreachableError(Exception):
    """The store did not answer in time, or the connection to it broke."""


class StoreClient:
    """Sends commands to the store; opens its connection when first needed, and again when broken.

    Args:
        port: Where the store, or the link to it, listens on 127.0.0.1.
        limit_s: Seconds within which commands must be answered.
    """

    def __init__(self, port: int, limit_s: float = 1.0) -> None:
        self._port = port
        self._limit_s = limit_s
        self._wire: _Wire | None = None
        self._opening = asyncio.Lock()

    async def ask(self, *commands: str) -> list[str]:
        """The answers to the commands, which go out together.

        Raises:
            StoreUnreachableError: No connection, or not all answers within the limit.
        """
        wire: _Wire | None = None
        try:
            async with asyncio.timeout(self._limit_s):
                wire = await self._open()
                return list(await asyncio.gather(*wire.send(commands)))
        except TimeoutError:
            self._leave(wire)
            raise StoreUnreachableError(f"no answer within {self._limit_s:g} s") from None
        except OSError as error:
            self._leave(wire)
            raise StoreUnreachableError(str(error) or type(error).__name__) from None

    async def get(self, key: str) -> str | None:
        """The JSON text stored under `key`, or None."""
        (answer,) = await self.ask(f"GET {key}")
        return answer.removeprefix("VALUE ") if answer.startswith("VALUE ") else None

    async def set(self, key: str, json_text: str) -> None:
        """Store a one-line JSON text under `key`, which must hold no blank."""
        await self.ask(f"SET {key} {json_text}")

    async def _open(self) -> _Wire:
        async with self._opening:
            if self._wire is None or self._wire.broken:
                loop = asyncio.get_running_loop()
                _, self._wire = await loop.create_connection(_Wire, "127.0.0.1", self._port)
            return self._wire

    def _leave(self, wire: _Wire | None) -> None:
        """Use that connection no more: answers that come late must not meet new questions."""
        if wire is not None and wire is self._wire:
            self._wire = None
            wire.close_when_idle()


class _Wire(asyncio.Protocol):
    """One connection; answers come in the order of the questions."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[str]] = deque()
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._leaving = False
        self.broken = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport

    def send(self, commands: tuple[str, ...]) -> list[asyncio.Future[str]]:
        if self._transport is None or self.broken:
            raise ConnectionError("the connection is closed")
        loop = asyncio.get_running_loop()
        answers: list[asyncio.Future[str]] = [loop.create_future() for _ in commands]
        self._waiting.extend(answers)
        self._transport.write("".join(f"{command}\n" for command in commands).encode())
        return answers

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            answer = self._waiting.popleft()
            if not answer.done():
                answer.set_result(line.decode())
        if self._leaving:
            self.close_when_idle()

    def connection_lost(self, exc: Exception | None) -> None:
        self.broken = True
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(ConnectionError(str(exc or "connection closed")))
        self._waiting.clear()

    def close_when_idle(self) -> None:
        self._leaving = True
        if self._transport is not None and all(answer.done() for answer in self._waiting):
            self.broken = True
            self._transport.close()
