"""Exec over websockets: every message is the byte of its channel, and data.

https://github.com/kubernetes/enhancements/tree/master/keps/sig-api-machinery/4006-transition-spdy-to-websockets
"""

from __future__ import annotations

from aiohttp import WSMsgType, web

from seakeep.sandbox.exec_process import STATUS, STDIN
from seakeep.sandbox.kubernetes_status import bad_request

__all__ = ["WebSocketChannels"]

_PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_CLOSE_CHANNEL = 255  # of v5: the byte after it names the channel that the client closes
_MESSAGE_LIMIT_BYTES = 1024 * 1024
_CLOSING_S = 2.0


class WebSocketChannels:
    """The channels of one client."""

    def __init__(self, request: web.Request, channels: set[int]) -> None:
        self._request = request
        self._wanted = channels | {STATUS}
        self._socket = web.WebSocketResponse(
            protocols=_PROTOCOLS, max_msg_size=_MESSAGE_LIMIT_BYTES, timeout=_CLOSING_S
        )

    async def open(self) -> None:
        """Shake hands.

        Raises:
            ApiError: 400, the client speaks no version that is known here.
        """
        if self._socket.can_prepare(self._request).protocol is None:
            raise bad_request(f"Sec-WebSocket-Protocol: wanted one of {', '.join(_PROTOCOLS)}")
        await self._socket.prepare(self._request)

    async def send(self, channel: int, data: bytes) -> None:
        """Send output, as soon as the client takes it."""
        if channel in self._wanted:
            await self._socket.send_bytes(bytes([channel]) + data)

    async def receive(self) -> bytes | None:
        """The next input; None at its end.

        Raises:
            ConnectionError: The client has gone.
        """
        while True:
            message = await self._socket.receive()
            if message.type not in {WSMsgType.BINARY, WSMsgType.TEXT}:
                raise ConnectionResetError("the client has gone")
            data = message.data.encode() if message.type is WSMsgType.TEXT else message.data
            if data[:1] == bytes([STDIN]):
                return bytes(data[1:])
            if data == bytes([_CLOSE_CHANNEL, STDIN]):
                return None

    async def close(self, status: bytes) -> None:
        """Say how it ended, and close."""
        await self.send(STATUS, status)
        await self._socket.close()

    def abort(self) -> web.StreamResponse:
        """Break the connection, if it is still there; what is left to answer."""
        transport = self._request.transport
        if transport is not None and not self._socket.closed:
            transport.abort()
        return self._socket
