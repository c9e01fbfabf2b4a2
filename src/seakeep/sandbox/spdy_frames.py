"""SPDY/3.1 frames, as far as the remote command protocol of Kubernetes needs them.

https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["FIN", "Frame", "FrameReader", "FrameWriter", "SpdyError"]

SYN_STREAM, SYN_REPLY, RST_STREAM, PING, GOAWAY = 1, 2, 3, 6, 7
DATA = 0
"""The type given here to frames that are no control frames."""

FIN = 0x01
"""The flag of the last frame of a stream."""

_VERSION = 3
_CONTROL = 0x80000000
_HEAD = struct.Struct(">II")
_FRAME_LIMIT_BYTES = 1024 * 1024
_HEADERS_LIMIT_BYTES = 64 * 1024

# Section 2.6.10.1: texts, each after its length in four bytes, then two runs of text.
_NAMES = (
    "options head post put delete trace accept accept-charset accept-encoding accept-language "
    "accept-ranges age allow authorization cache-control connection content-base "
    "content-encoding content-language content-length content-location content-md5 "
    "content-range content-type date etag expect expires from host if-match if-modified-since "
    "if-none-match if-range if-unmodified-since last-modified location max-forwards pragma "
    "proxy-authenticate proxy-authorization range referer retry-after server te trailer "
    "transfer-encoding upgrade user-agent vary via warning www-authenticate method get status"
)
_WORDS = [
    *_NAMES.split(" "),
    "200 OK",
    "version",
    "HTTP/1.1",
    "url",
    "public",
    "set-cookie",
    "keep-alive",
    "origin",
]
_RUNS = (
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request"
    "401 Unauthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented"
    "503 Service UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, "
    "Wed, Thu, Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,"
    "application/xml,application/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,"
    "deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0."
)
DICTIONARY = b"".join(struct.pack(">I", len(word)) + word.encode() for word in _WORDS)
DICTIONARY += _RUNS.encode()


class SpdyError(Exception):
    """What came is no frame that can be understood."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes:
        type: One of the control frames' types, or DATA.
        stream: The stream it belongs to; 0 for none.
        headers: Those of a SYN_STREAM.
        payload: The bytes of a data frame; of a control frame what follows its head.
    """

    type: int
    stream: int
    flags: int
    payload: bytes
    headers: dict[str, str]


class FrameReader:
    """Cuts what comes into frames. Headers of one connection are compressed as one stream."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are complete now.

        Raises:
            SpdyError: A frame is too long, or makes no sense.
        """
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            first, second = _HEAD.unpack_from(self._rest)
            flags, length = second >> 24, second & 0xFFFFFF
            if length > _FRAME_LIMIT_BYTES:
                raise SpdyError(f"a frame of {length} bytes")
            end = _HEAD.size + length
            if len(self._rest) < end:
                return
            payload = bytes(self._rest[_HEAD.size : end])
            del self._rest[:end]
            yield self._frame(first, flags, payload)

    def _frame(self, first: int, flags: int, payload: bytes) -> Frame:
        if not first & _CONTROL:
            return Frame(DATA, first, flags, payload, {})
        if (first >> 16) & 0x7FFF != _VERSION:
            raise SpdyError(f"version {(first >> 16) & 0x7FFF}")
        kind = first & 0xFFFF
        stream = int.from_bytes(payload[:4], "big") & 0x7FFFFFFF
        headers = self._headers(payload[10:]) if kind == SYN_STREAM else {}
        return Frame(kind, stream, flags, payload, headers)

    def _headers(self, block: bytes) -> dict[str, str]:
        try:
            plain = self._inflate.decompress(block, _HEADERS_LIMIT_BYTES)
            if self._inflate.unconsumed_tail:
                raise SpdyError("too many headers")
            (count,), texts, at = struct.unpack_from(">I", plain), [], 4
            for _ in range(2 * min(count, _HEADERS_LIMIT_BYTES)):
                (length,) = struct.unpack_from(">I", plain, at)
                texts.append(plain[at + 4 : at + 4 + length].decode("latin-1"))
                at += 4 + length
        except (zlib.error, struct.error) as error:
            raise SpdyError(f"headers: {error}") from None
        return dict(zip(texts[::2], texts[1::2], strict=True))


class FrameWriter:
    """Makes the frames that a server sends."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)

    def reply(self, stream: int) -> bytes:
        """That a stream is accepted, with no headers."""
        block = self._deflate.compress(struct.pack(">I", 0))
        block += self._deflate.flush(zlib.Z_SYNC_FLUSH)
        return _control(SYN_REPLY, struct.pack(">I", stream) + block)

    def ping(self, payload: bytes) -> bytes:
        """The answer to a ping."""
        return _control(PING, payload)

    def data(self, stream: int, data: bytes, flags: int = 0) -> bytes:
        """Bytes of a stream."""
        return _HEAD.pack(stream, flags << 24 | len(data)) + data


def _control(kind: int, payload: bytes) -> bytes:
    return _HEAD.pack(_CONTROL | _VERSION << 16 | kind, len(payload)) + payload
