"""The body of an answer, read and decompressed within one limit."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable

from seakeep.probes.exchange_errors import BodyEncodingError, BodyTooLargeError

__all__ = ["ACCEPTED", "read_body"]

ACCEPTED = "gzip, deflate"
"""What ``Accept-Encoding`` says: no more than `read_body` undoes."""

_GZIP = 16 + zlib.MAX_WBITS
_GZIP_MAGIC = b"\x1f\x8b"
_MAX_MEMBERS = 1000
"""Each costs time, also an empty one, and nobody sends as many in earnest."""
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
        BodyEncodingError: It is packed twice, in a way that was not asked for, or cut off.
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
    if inflater is not None:
        inflater.finish()
    return bytes(body)


class _Inflater:
    """Undoes gzip or deflate, as RFC 9110 and, where they differ, servers mean it.

    ``deflate`` is zlib's format, but some servers leave out its two-byte header:
    https://www.rfc-editor.org/rfc/rfc9110#section-8.4.1.2. ``gzip`` may have several members in a
    row: https://www.rfc-editor.org/rfc/rfc1952#section-2.2. What stands behind the end is no part
    of the body.
    """

    def __init__(self, name: str) -> None:
        if name not in {*_GZIP_NAMES, "deflate"}:
            raise BodyEncodingError(f"body: wanted {ACCEPTED} or no encoding, got {name}")
        self._name = name
        self._head = b""
        self._stream: zlib._Decompress | None = None
        self._members = 0
        self._is_over = False

    def feed(self, data: bytes, room: int) -> bytes:
        """Return what more data unpacks to, at most ``room`` bytes of it."""
        unpacked = b""
        while data and not self._is_over and len(unpacked) < room:
            if self._stream is None:
                data = self._begin(data)
                continue
            try:
                unpacked += self._stream.decompress(data, room - len(unpacked))
            except zlib.error as error:
                raise BodyEncodingError(f"body: wanted {self._name}, got {error}") from None
            data = self._stream.unused_data
            if self._stream.eof:
                self._stream = None
                self._members += 1
        return unpacked

    def finish(self) -> None:
        """Take note that there is no more data.

        Raises:
            BodyEncodingError: There should be.
        """
        if self._stream is not None or self._members == 0:
            raise BodyEncodingError(f"body: wanted {self._name}, got one that is cut off")

    def _begin(self, data: bytes) -> bytes:
        """Return the data to unpack once its first two bytes tell what it is."""
        data, self._head = self._head + data, b""
        if len(data) < 2:
            self._head = data
            return b""
        is_gzip = self._name in _GZIP_NAMES
        if self._members and not (is_gzip and data.startswith(_GZIP_MAGIC)):
            self._is_over = True
            return b""
        if self._members == _MAX_MEMBERS:
            got = f"more than {_MAX_MEMBERS} members"
            raise BodyEncodingError(f"body: wanted {self._name}, got {got}")
        self._stream = zlib.decompressobj(_GZIP if is_gzip else _deflate_bits(data))
        return data


def _deflate_bits(head: bytes) -> int:
    """Tell zlib's header from bare deflate: https://www.rfc-editor.org/rfc/rfc1950#section-2.2."""
    has_header = head[0] & 0x0F == zlib.DEFLATED and int.from_bytes(head[:2], "big") % 31 == 0
    return zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS
