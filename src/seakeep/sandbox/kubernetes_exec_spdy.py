"""Exec over SPDY/3.1, the protocol of kubectl before 1.31.

A client opens a stream for each of stdin, stdout, stderr and the final `Status`, and says in the
stream's header `streamType` which one it is.
https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
"""

from __future__ import annotations

import asyncio
import contextlib

from aiohttp import web

from seakeep.sandbox.exec_process import STATUS, STDERR, STDIN, STDOUT
from seakeep.sandbox.kubernetes_status import bad_request
from seakeep.sandbox.spdy_frames import (
    DATA,
    FIN,
    GOAWAY,
    PING,
    RST_STREAM,
    SYN_STREAM,
    Frame,
    FrameReader,
    FrameWriter,
    SpdyError,
)

__all__ = ["SpdyChannels"]

_PROTOCOL = "v4.channel.k8s.io"
_CHANNELS = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": STATUS}
_OPENING_S = 30.0  # the kubelet's streamCreationTimeout
_INPUT_CHUNKS = 64


class SpdyChannels:
    """The channels of one client, on a connection that was HTTP before."""

    def __init__(self, request: web.Request, channels: set[int]) -> None:
        self._request = request
        self._wanted = channels | {STATUS}
        self._wire = _Wire(self._wanted)

    async def open(self) -> None:
        """Switch protocols, and wait until the client has opened its streams.

        Raises:
            ApiError: 400, the client speaks no version that is known here.
            ConnectionError: It has gone, or opens no streams.
        """
        offered = self._request.headers.getall("X-Stream-Protocol-Version", [])
        versions = [version.strip() for line in offered for version in line.split(",")]
        if _PROTOCOL not in versions:
            raise bad_request(f"X-Stream-Protocol-Version: wanted {_PROTOCOL}")
        transport = self._request.transport
        if transport is None:
            raise ConnectionResetError("the client has gone")
        head = (
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
            f"X-Stream-Protocol-Version: {_PROTOCOL}\r\n\r\n"
        )
        self._wire.take_over(transport)
        transport.write(head.encode())
        try:
            async with asyncio.timeout(_OPENING_S):
                await self._wire.all_open.wait()
        except TimeoutError:
            raise ConnectionAbortedError("the client opened no streams") from None

    async def send(self, channel: int, data: bytes) -> None:
        """Send output, as soon as the client takes it."""
        if channel in self._wanted:
            await self._wire.send(channel, data)

    async def receive(self) -> bytes | None:
        """The next input; None at its end.

        Raises:
            ConnectionError: The client has gone.
        """
        return await self._wire.receive()

    async def close(self, status: bytes) -> None:
        """Say how it ended, and close."""
        await self._wire.send(STATUS, status)
        self._wire.finish()

    def abort(self) -> web.StreamResponse:
        """Break the connection, if it is still there; what is left to answer, to nobody."""
        self._wire.abort()
        return web.Response()


class _Wire(asyncio.Protocol):
    """The connection: frames to and from the streams."""

    def __init__(self, wanted: set[int]) -> None:
        self._wanted = wanted
        self._reader, self._writer = FrameReader(), FrameWriter()
        self._transport: asyncio.Transport | None = None
        self._before: asyncio.BaseProtocol | None = None
        self._streams: dict[int, int] = {}  # channel -> stream
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._gone = asyncio.Event()
        self.all_open = asyncio.Event()

    def take_over(self, transport: asyncio.Transport) -> None:
        self._transport, self._before = transport, transport.get_protocol()
        transport.set_protocol(self)

    async def send(self, channel: int, data: bytes) -> None:
        await self._may_write.wait()
        if self._transport is None or self._gone.is_set():
            raise ConnectionResetError("the client has gone")
        self._transport.write(self._writer.data(self._streams[channel], data))

    async def receive(self) -> bytes | None:
        data = await self._input.get()
        if self._gone.is_set():
            raise ConnectionResetError("the client has gone")
        if self._transport is not None and self._input.qsize() < _INPUT_CHUNKS:
            with contextlib.suppress(RuntimeError):
                self._transport.resume_reading()
        return data

    def finish(self) -> None:
        if self._transport is None or self._gone.is_set():
            return
        for stream in self._streams.values():
            self._transport.write(self._writer.data(stream, b"", FIN))
        self._transport.close()

    def abort(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._received(frame)
        except SpdyError:
            self.abort()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set()
        self._may_write.set()
        self.all_open.set()
        self._input.put_nowait(None)
        if self._before is not None:
            self._before.connection_lost(exc)

    def _received(self, frame: Frame) -> None:
        if self._transport is None:
            return
        if frame.type == SYN_STREAM:
            self._opened(frame, self._transport)
        elif frame.type == PING:
            self._transport.write(self._writer.ping(frame.payload))
        elif frame.type == GOAWAY:
            self.abort()
        elif frame.stream == self._streams.get(STDIN):
            if frame.type == DATA and frame.payload:
                self._input.put_nowait(frame.payload)
            if frame.type == RST_STREAM or (frame.type == DATA and frame.flags & FIN):
                self._input.put_nowait(None)
            if self._input.qsize() >= _INPUT_CHUNKS:
                self._transport.pause_reading()

    def _opened(self, frame: Frame, transport: asyncio.Transport) -> None:
        kind = next((v for k, v in frame.headers.items() if k.lower() == "streamtype"), "")
        channel = _CHANNELS.get(kind.lower())
        if channel is None or channel in self._streams:
            raise SpdyError(f"a stream of the type {kind!r}")
        self._streams[channel] = frame.stream
        transport.write(self._writer.reply(frame.stream))
        if set(self._streams) >= self._wanted:
            self.all_open.set()
