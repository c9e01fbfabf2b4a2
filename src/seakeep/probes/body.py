"""The body of an answer, read and decompressed within one limit."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from seakeep.probes.exchange_errors import BodyEncodingError, BodyTooLargeError

__all__ = ["ACCEPTED", "read_body"]

ACCEPTED = "gzip, deflate"
"""What ``Accept-Encoding`` says: no more than `read_body` undoes."""

_GZIP = 16 + zlib.MAX_WBITS
_IDENTITY = frozenset({"", "identity"})
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})


async def read_body(chunks: AsyncIterable[bytes], encoding: str, limit_bytes: int) -> bytes:
    """Return a body, decompressed piece by piece, so that a small one can't unpack to a huge one.

    Args:
        chunks: The body as it came over the wire.
        encoding: The answer's ``Content-Encoding``.
        limit_bytes: The most that the body may have, on the wire and unpacked.

    Raises:
        BodyTooLargeError: It has more.
        BodyEncodingError: It is packed twice, or in a way that was not asked for.
    """
    name = encoding.strip().lower()
    inflater: _Inflater | None = None
    body, came = bytearray(), 0
    async for chunk in chunks:
        came += len(chunk)
        if name not in _IDENTITY and chunk:
            inflater = inflater or _Inflater(name)
            chunk = inflater.feed(chunk, limit_bytes + 1 - len(body))  # noqa: PLW2901
        body += chunk
        if max(len(body), came) > limit_bytes:
            raise BodyTooLargeError(limit_bytes)
    return bytes(body)


class _Inflater:
    """Undoes gzip or deflate, as RFC 9110 and, where they differ, servers mean it.

    ``deflate`` is zlib's format, but some servers leave out its two-byte header:
    https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2.
    """

    def __init__(self, name: str) -> None:
        if name not in {*_GZIP_NAMES, "deflate"}:
            raise BodyEncodingError(f"body: wanted {ACCEPTED} or no encoding, got {name}")
        self._name = name
        self._head = b""
        self._stream = zlib.decompressobj(_GZIP) if name in _GZIP_NAMES else None

    def feed(self, data: bytes, room: int) -> bytes:
        """Return what more data unpacks to, at most ``room`` bytes of it."""
        if self._stream is None:
            self._head = data = self._head + data
            if len(data) < 2:
                return b""
            self._stream = zlib.decompressobj(_deflate_bits(data))
        try:
            return self._stream.decompress(data, room)
        except zlib.error as error:
            raise BodyEncodingError(f"body: wanted {self._name}, got {error}") from None


def _deflate_bits(head: bytes) -> int:
    """Tell zlib's header from bare deflate: https://www.rfc-editor.org/rfc/rfc1950#section-2.2."""
    has_header = head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
