"""What stands behind the tap of a proxy that leads to another port."""

from __future__ import annotations

import asyncio
import contextlib

__all__ = ["Relay"]


class Relay(asyncio.Protocol):
    """Passes the bytes of one client to a server of its own, and back."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._far: asyncio.Transport | None = None
        self._dialing: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server; until then nothing is read of the client."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the type checker
        self._client = transport
        transport.pause_reading()
        self._dialing = asyncio.get_running_loop().create_task(self._dial())

    def data_received(self, data: bytes) -> None:
        """Pass bytes to the server."""
        if self._far is not None and not self._far.is_closing():
            self._far.write(data)

    def eof_received(self) -> bool:
        """Pass the end to the server, which may still answer."""
        if self._far is not None and not self._far.is_closing():
            self._far.write_eof()
        return self._far is not None

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Leave the server, too."""
        if self._dialing is not None:
            self._dialing.cancel()
        if self._far is not None:
            self._far.close()

    def pause_writing(self) -> None:
        """Read no more of the server for a while."""
        if self._far is not None:
            with contextlib.suppress(RuntimeError):
                self._far.pause_reading()

    def resume_writing(self) -> None:
        """Read on."""
        if self._far is not None:
            with contextlib.suppress(RuntimeError):
                self._far.resume_reading()

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            self._far, _ = await loop.create_connection(
                lambda: _FarEnd(self._client), *self._address
            )
        except OSError:
            self._client.close()
        else:
            self._client.resume_reading()


class _FarEnd(asyncio.Protocol):
    """The connection to the server."""

    def __init__(self, client: asyncio.Transport) -> None:
        self._client = client

    def data_received(self, data: bytes) -> None:
        self._client.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._client.close()

    def pause_writing(self) -> None:
        self._client.pause_reading()

    def resume_writing(self) -> None:
        self._client.resume_reading()
