"""What a hostile case is, and the one place where all of them are counted."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from tests.probes.hostile.certificates import Certificates

__all__ = ["CASES", "Case", "Door", "Serve", "Visit", "case", "sends"]

_UNTIL_GONE_S = 20.0


class Door(Enum):
    """What a visitor meets before a single byte is exchanged."""

    OPEN = "open"
    SHUT = "shut"
    """A port that is taken, and where nobody listens."""
    FULL = "full"
    """A port that listens, and whose queue is full of others."""
    NONE = "none"
    """Nothing is served: the check goes to an address of its own."""


class Visit:
    """One connection, and what a server can do to it.

    Attributes:
        reader: What the visitor sends.
        writer: What it gets.
        head: The request's head, where the server has read it.
        urls: Where each of the cases is served.
        certificates: What can be shown, for those who shake hands by themselves.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        urls: Mapping[str, str],
        certificates: Certificates,
    ) -> None:
        self.reader = reader
        self.writer = writer
        self.urls = urls
        self.certificates = certificates
        self.head = b""

    @property
    def path(self) -> str:
        return self.head.split(b" ")[1].decode()

    async def read_head(self) -> None:
        self.head = await self.reader.readuntil(b"\r\n\r\n")

    async def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)  # a drain alone gives no other server its turn

    async def drip(self, content: bytes, every_s: float = 1.0) -> None:
        for at in range(len(content)):
            await self.send(content[at : at + 1])
            await asyncio.sleep(every_s)

    async def for_ever(self, piece: bytes) -> None:
        """Send until the visitor has had enough, which ends in a `ConnectionError`."""
        while True:
            await self.send(piece)

    async def gone(self) -> None:
        """Wait until the visitor hangs up."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_UNTIL_GONE_S):
                while await self.reader.read(65536):
                    pass

    def reset(self) -> None:
        """Break the connection off without a good-bye, as a crashed machine's kernel does."""
        linger = struct.pack("ii", 1, 0)
        connected = self.writer.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


Serve = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A hostile server, the check that visits it, and how that must end.

    Attributes:
        name: What it is called, and the check, too.
        serve: What it does to each connection.
        cause: The cause that the observation must have; none when the answer is a good one.
        says: What its message must tell.
        check: The keys of the check, as in a platform's file.
        tls: The certificate that it shows; none for plain TCP.
        address: Where it listens.
        door: What a visitor meets.
        reads: Whether it reads the request's head before it does anything.
        target: Where the check goes instead, with ``{port}``.
        home: The file that it stands in.
    """

    name: str
    serve: Serve
    cause: str = ""
    says: str = ""
    check: Mapping[str, object] = field(default_factory=dict)
    tls: str = ""
    address: str = "127.0.0.1"
    door: Door = Door.OPEN
    reads: bool = True
    target: str = ""
    home: str = ""

    @property
    def is_timeout(self) -> bool:
        return self.cause.startswith("timeout")

    @property
    def timeout_ms(self) -> int:
        """Short where the deadline is what ends it; else so long that it must end by itself."""
        return 400 if self.is_timeout else 1500 if self.name.endswith("-and-waits") else 8000


CASES: dict[str, Case] = {}


def case(name: str, cause: str = "", **more: object) -> Callable[[Serve], Serve]:
    """Register what follows as the server of a case."""

    frame = inspect.currentframe()
    while frame is not None and frame.f_globals["__name__"] == __name__:
        frame = frame.f_back
    assert frame is not None
    home = frame.f_globals["__name__"].rsplit(".", 1)[-1]

    def register(serve: Serve) -> Serve:
        assert name not in CASES, name
        CASES[name] = Case(name=name, serve=serve, cause=cause, home=home, **more)  # type: ignore[arg-type]
        return serve

    return register


def sends(name: str, cause: str, *pieces: bytes, stays: bool = False, **more: object) -> None:
    """Register a server that sends these pieces, and then hangs up, unless it stays."""

    async def serve(visit: Visit) -> None:
        await visit.send(*pieces)
        if stays:
            await visit.gone()

    case(name, cause, **more)(serve)
