"""TLS over any stream, so that it works through a proxy's tunnel, too."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import TypeVar

from seakeep.probes.stream import READ_BYTES, Stream

__all__ = ["TlsStream"]

T = TypeVar("T")


class TlsStream:
    """An encrypted stream; closing it does not wait for the other end's good-bye."""

    def __init__(self, stream: Stream, context: ssl.SSLContext, server_name: str) -> None:
        self._stream = stream
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls: ssl.SSLObject | None
        self._session = self.tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=server_name
        )

    @classmethod
    async def handshake(
        cls, stream: Stream, context: ssl.SSLContext, server_name: str
    ) -> TlsStream:
        """Return the stream after its handshake.

        Raises:
            ssl.SSLError: It failed, or the certificate is not one to trust.
        """
        made = cls(stream, context, server_name)
        await made._step(made._session.do_handshake)
        return made

    @property
    def peer(self) -> str:
        """The address at the other end."""
        return self._stream.peer

    async def read(self) -> bytes:
        """Return what came; nothing when the other end has closed, with or without good-bye."""
        try:
            return await self._step(lambda: self._session.read(READ_BYTES))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""

    async def write(self, content: bytes) -> None:
        """Send all of it."""
        await self._step(lambda: self._session.write(content))

    def close(self) -> None:
        """Close at once."""
        self._stream.close()

    async def _step(self, work: Callable[[], T]) -> T:
        """Do a piece of work that may have to wait for bytes of the other end."""
        while True:
            try:
                result = work()
            except ssl.SSLWantReadError:
                await self._flush()
                content = await self._stream.read()
                if content:
                    self._incoming.write(content)
                else:
                    self._incoming.write_eof()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()  # the alert that tells the other end why
                raise
            else:
                await self._flush()
                return result

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._stream.write(self._outgoing.read())
