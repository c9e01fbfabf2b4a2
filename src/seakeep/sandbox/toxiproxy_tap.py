"""A tap on a connection: sits between its socket and its protocol, so that toxics can act.

A protocol that is served through a tap, such as that of an HTTP server, notices nothing of it.
Until a toxic comes, the tap passes every call straight on; from then on both ways lead through a
`Flow`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterable
from typing import Any

from seakeep.sandbox.link import Direction, Link
from seakeep.sandbox.toxiproxy_flow import Flow

__all__ = ["Tap"]

_HELD_BYTES_LIMIT = 8 * 1024 * 1024  # more than a second of delay at 50 Mbit/s
_LINGER_NOT = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: on, for 0 s; close() then resets


class _Brake:
    """Stops something while there is a reason to, and lets it go when there is none left."""

    def __init__(self, stop: Callable[[], None], go: Callable[[], None], *reasons: str) -> None:
        self._stop = stop
        self._go = go
        self._reasons = set(reasons)

    def put(self, reason: str) -> None:
        self._reasons.add(reason)
        if len(self._reasons) == 1:
            self._stop()

    def take_off(self, reason: str) -> None:
        if reason in self._reasons:
            self._reasons.discard(reason)
            if not self._reasons:
                self._go()


class Tap(asyncio.Protocol):
    """One connection; the socket's protocol, and the owner of the transport of the one behind."""

    __slots__ = ("_behind", "_closed", "_full", "_opened", "_real", "_ways")

    def __init__(
        self,
        behind: asyncio.Protocol,
        opened: Callable[[Tap], None],
        closed: Callable[[Tap], None],
    ) -> None:
        """Wait for the connection.

        Args:
            behind: The protocol that is served.
            opened: Told when the connection is there, before the protocol is.
            closed: Told when it is gone.
        """
        self._behind = behind
        self._opened = opened
        self._closed = closed
        self._full = False
        self._ways: _Ways | None = None

    def flow(self, stream: str) -> Flow:
        """Return a direction: ``upstream`` for what comes from the client, or ``downstream``."""
        if self._ways is None:
            self._ways = _Ways(self._real, self._behind, self.reset, full=self._full)
        return self._ways.upstream if stream == "upstream" else self._ways.downstream

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with the toxics that are on the proxy."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._real = transport
        self._opened(self)
        self._behind.connection_made(_Front(self, transport))

    def data_received(self, data: bytes) -> None:
        """Take bytes of the client."""
        if self._ways is None:
            self._behind.data_received(data)
        else:
            self._ways.came(data)

    def eof_received(self) -> bool | None:
        """Take the client's end; while that is held, the connection stays open."""
        if self._ways is None:
            return self._behind.eof_received()
        self._ways.upstream.feed(b"")
        return True

    def send(self, data: bytes) -> None:
        """Send to the client what the protocol wrote; b"" closes the connection."""
        if self._ways is not None:
            self._ways.send(data)
        elif data:
            self._real.write(data)
        else:
            self._real.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Drop what is held."""
        if self._ways is not None:
            self._ways.upstream.close()
            self._ways.downstream.close()
        self._closed(self)
        self._behind.connection_lost(exc)

    def pause_writing(self) -> None:
        """Slow the protocol down: the client reads too slowly."""
        self._full = True
        if self._ways is None:
            self._behind.pause_writing()
        else:
            self._ways.writing.put("client")

    def resume_writing(self) -> None:
        """Let the protocol go on."""
        self._full = False
        if self._ways is None:
            self._behind.resume_writing()
        else:
            self._ways.writing.take_off("client")

    def pause_reading(self) -> None:
        """Read no more of the client: the protocol does not keep up."""
        if self._ways is None:
            self._real.pause_reading()
        else:
            self._ways.reading.put("behind")

    def resume_reading(self) -> None:
        """Read on."""
        if self._ways is None:
            self._real.resume_reading()
        else:
            self._ways.reading.take_off("behind")

    def held_bytes(self) -> int:
        """How many bytes of the protocol are on their way."""
        return 0 if self._ways is None else self._ways.downstream.held_bytes

    def cut(self) -> None:
        """Break the connection at once."""
        self._real.abort()

    def reset(self) -> None:
        """Break the connection with a TCP reset."""
        raw = self._real.get_extra_info("socket")
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._real.abort()


class _Ways:
    """Both ways of a connection on which a toxic is, or was."""

    def __init__(
        self,
        real: asyncio.Transport,
        behind: asyncio.Protocol,
        reset: Callable[[], None],
        *,
        full: bool,
    ) -> None:
        self._real = real
        self._behind = behind
        link = Link("client", "proxy")
        self.upstream = Flow(link, Direction.FORWARD, self._to_behind, reset)
        self.downstream = Flow(link, Direction.BACKWARD, self._to_client, reset)
        stopped = () if real.is_reading() else ("behind",)
        self.reading = _Brake(self._stop_reading, self._go_on_reading, *stopped)
        paused = ("client",) if full else ()
        self.writing = _Brake(behind.pause_writing, behind.resume_writing, *paused)

    def came(self, data: bytes) -> None:
        self.upstream.feed(data)
        if self.upstream.held_bytes > _HELD_BYTES_LIMIT:
            self.reading.put("held")

    def send(self, data: bytes) -> None:
        self.downstream.feed(data)
        if self.downstream.held_bytes > _HELD_BYTES_LIMIT:
            self.writing.put("held")

    def _to_behind(self, chunk: bytes) -> None:
        if not chunk:
            if not self._behind.eof_received():
                self.downstream.feed(b"")
            return
        self._behind.data_received(chunk)
        if self.upstream.held_bytes <= _HELD_BYTES_LIMIT:
            self.reading.take_off("held")

    def _to_client(self, chunk: bytes) -> None:
        if not chunk:
            self._real.close()
            return
        self._real.write(chunk)
        if self.downstream.held_bytes <= _HELD_BYTES_LIMIT:
            self.writing.take_off("held")

    def _stop_reading(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is closing
            self._real.pause_reading()

    def _go_on_reading(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._real.resume_reading()


class _Front(asyncio.Transport):
    """The transport that the protocol behind a tap sees."""

    __slots__ = ("_closing", "_real", "_tap")

    def __init__(self, tap: Tap, real: asyncio.Transport) -> None:
        super().__init__()
        self._tap = tap
        self._real = real
        self._closing = False

    def get_extra_info(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - asyncio's
        return self._real.get_extra_info(name, default)

    def is_closing(self) -> bool:
        return self._closing or self._real.is_closing()

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self._tap.send(b"")

    def abort(self) -> None:
        self._closing = True
        self._real.abort()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if data and not self._closing:
            self._tap.send(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return self._real.get_write_buffer_size() + self._tap.held_bytes()

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._real.get_write_buffer_limits()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._real.set_write_buffer_limits(high, low)

    def is_reading(self) -> bool:
        return self._real.is_reading()

    def pause_reading(self) -> None:
        self._tap.pause_reading()

    def resume_reading(self) -> None:
        self._tap.resume_reading()
