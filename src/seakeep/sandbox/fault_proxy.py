"""A TCP proxy in front of a link's target, so that another process can be on the link.

Nothing is refused for the sake of a fault: under a partition connections open and
then hang, as they do when packets are dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine

from seakeep.sandbox.link import Direction, Link, Pipe

__all__ = ["FaultProxy"]

_HELD_BYTES_LIMIT = 8 * 1024 * 1024  # more than a second of delay at 50 Mbit/s


_Dial = Callable[["_End"], Coroutine[None, None, None]]


class FaultProxy:
    """Listens on loopback and passes every connection across the link to its target."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._server: asyncio.Server | None = None
        self._ends: set[_End] = set()

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            RuntimeError: It does not listen.
        """
        if self._server is None:
            raise RuntimeError(f"the link {self.link.source} -> {self.link.target} is closed")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def open(self) -> None:
        """Start to listen on a free port of 127.0.0.1."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accepted, "127.0.0.1", 0, backlog=512)

    async def close(self) -> None:
        """Stop to listen and cut every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in tuple(self._ends):
            end.cut()

    def _accepted(self) -> _End:
        return _End(self._ends, self._dial)

    async def _dial(self, client: _End) -> None:
        """Cross the link as a TCP handshake does, then join the two ends by two pipes."""
        await self.link.cross(Direction.FORWARD)
        target = _End(self._ends)
        target.pipe = self.link.pipe(Direction.BACKWARD, client.write)
        target.peer, client.peer = client, target
        try:
            if self.link.address is None:
                raise ConnectionRefusedError
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: target, *self.link.address)
            await self.link.cross(Direction.BACKWARD)
        except OSError:
            await self.link.cross(Direction.BACKWARD)  # the refusal has to cross as well
            client.cut()
            return
        client.flow_into(self.link.pipe(Direction.FORWARD, target.write))


class _End(asyncio.Protocol):
    """One socket of a proxied connection: what it receives goes into its pipe."""

    def __init__(self, ends: set[_End], dial: _Dial | None = None) -> None:
        self._ends = ends
        self._dial = dial
        self._transport: asyncio.Transport | None = None
        self._early: list[bytes] = []
        self.pipe: Pipe | None = None
        self.peer: _End | None = None
        self.dialing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._transport = transport
        self._ends.add(self)
        if self._dial is not None:
            self.dialing = asyncio.get_running_loop().create_task(self._dial(self))

    def data_received(self, data: bytes) -> None:
        if self.pipe is None:
            self._early.append(data)
            return
        self.pipe.feed(data)
        if not self.has_room():
            self.pause()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._ends.discard(self)
        if self.pipe is None:
            self._early.append(b"")
        else:
            self.pipe.feed(b"")

    def pause_writing(self) -> None:
        if self.peer is not None:
            self.peer.pause()

    def resume_writing(self) -> None:
        if self.peer is not None:
            self.peer.resume()

    def flow_into(self, pipe: Pipe) -> None:
        """From now on, and for what came too early, the bytes go into `pipe`."""
        self.pipe = pipe
        early, self._early = self._early, []
        for chunk in early:
            pipe.feed(chunk)

    def write(self, chunk: bytes) -> None:
        """Send a chunk that has crossed the link; b"" closes the connection."""
        if not chunk:
            self._close_both()
        elif self._transport is not None and not self._transport.is_closing():
            self._transport.write(chunk)
        if self.peer is not None and self.peer.has_room():
            self.peer.resume()

    def has_room(self) -> bool:
        return self.pipe is None or self.pipe.held_bytes <= _HELD_BYTES_LIMIT

    def pause(self) -> None:
        if self._transport is not None:
            with contextlib.suppress(RuntimeError):
                self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None and not self._transport.is_reading():
            with contextlib.suppress(RuntimeError):
                self._transport.resume_reading()

    def cut(self) -> None:
        """Break the connection at once, on both sides."""
        if self.dialing is not None and self.dialing is not asyncio.current_task():
            self.dialing.cancel()
        for end in (self, self.peer):
            if end is not None and end.pipe is not None:
                end.pipe.close()
            if end is not None and end._transport is not None:  # noqa: SLF001 - the same class
                end._transport.abort()  # noqa: SLF001

    def _close_both(self) -> None:
        for end in (self, self.peer):
            if end is not None and end._transport is not None:  # noqa: SLF001 - the same class
                end._transport.close()  # noqa: SLF001
        if self.peer is not None and self.peer.pipe is not None:
            self.peer.pipe.close()
