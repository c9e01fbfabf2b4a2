"""One TCP connection as a stream of bytes, on the event loop's own socket calls.

A check's connection lives for a single exchange. The loop's socket calls cost a third of what its
transports and protocols do, and nothing is read ahead of what was asked for.
https://docs.python.org/3/library/asyncio-eventloop.html#working-with-socket-objects-directly
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import Protocol

__all__ = ["READ_BYTES", "SocketStream", "Stream"]


READ_BYTES = 64 * 1024
"""The most that is taken from the system at once."""
_READS_IN_A_ROW = 4
"""Most answers are over after these."""


class Stream(Protocol):
    """Where bytes come from and go to."""

    @property
    def peer(self) -> str:
        """The address at the other end."""

    @property
    def tls(self) -> ssl.SSLObject | None:
        """The TLS session, if the stream is encrypted."""

    async def read(self) -> bytes:
        """Return what came, at most `READ_BYTES`; nothing when the other end has closed."""

    async def write(self, content: bytes) -> None:
        """Send all of it."""

    def close(self) -> None:
        """Close at once, in whatever state the connection is."""


class SocketStream:
    """A connected socket."""

    tls: ssl.SSLObject | None = None

    def __init__(self, connected: socket.socket, peer: str) -> None:
        self.peer = peer
        self._reads = 0
        self._socket = connected
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def connect(cls, address: str, port: int) -> SocketStream:
        """Connect to an IP address.

        Raises:
            OSError: The system says why it can't be reached.
        """
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        opened = socket.socket(family, socket.SOCK_STREAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(opened, (address, port))
        except BaseException:
            opened.close()
            raise
        return cls(opened, address)

    async def read(self) -> bytes:
        """Return what came; nothing when the other end has closed."""
        self._reads += 1
        if self._reads > _READS_IN_A_ROW:
            # Where something waits already, the loop hands it over without a turn for the others:
            # a sender that is fast and never ends would keep them all waiting.
            await asyncio.sleep(0)
        return await self._loop.sock_recv(self._socket, READ_BYTES)

    async def write(self, content: bytes) -> None:
        """Send all of it."""
        await self._loop.sock_sendall(self._socket, content)

    def close(self) -> None:
        """Close at once."""
        self._socket.close()
