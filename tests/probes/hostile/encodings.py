"""Bodies that are packed badly, or to do harm."""

from __future__ import annotations

import gzip
import zlib

from tests.probes.hostile.case import Visit, case, sends

FINE = {"expect": {"body_matches": ["^fine$"]}}
_MIB = 2**20


def packed(body: bytes, encoding: str = "gzip") -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


DEFLATE_BOMB = zlib.compress(b"\0" * (8 * _MIB))
BOMB = gzip.compress(b"\0" * (16 * _MIB))
WHOLE = gzip.compress(b"fine" * 1000)
WRONG_SUM = WHOLE[:-8] + bytes(4) + WHOLE[-4:]
WRONG_LENGTH = WHOLE[:-4] + bytes(4)

sends("gzip-cut-off", "protocol", packed(WHOLE[:-20]), says="gzip")
sends("gzip-cut-off-in-its-sum", "protocol", packed(WHOLE[:-4]))
sends("gzip-cut-off-in-its-head", "protocol", packed(WHOLE[:5]))
sends("gzip-with-a-wrong-sum", "protocol", packed(WRONG_SUM))
sends("gzip-with-a-wrong-length", "protocol", packed(WRONG_LENGTH))
sends("gzip-that-is-none", "protocol", packed(b"plain"))
sends("gzip-of-nothing-at-all", "", packed(b""))
sends("gzip-of-an-empty-body", "", packed(gzip.compress(b"")))
sends("gzip-with-waste-behind-it", "", packed(gzip.compress(b"fine") + b"waste" * 100), check=FINE)
sends("gzip-in-two-members", "", packed(gzip.compress(b"fi") + gzip.compress(b"ne")), check=FINE)
sends("gzip-in-10000-empty-members", "protocol", packed(gzip.compress(b"") * 10_000))
sends("deflate-cut-off", "protocol", packed(zlib.compress(b"fine" * 1000)[:-6], "deflate"))
sends("deflate-of-one-byte", "protocol", packed(b"\x78", "deflate"))
sends("deflate-that-is-none", "protocol", packed(b"plain text", "deflate"))
sends("brotli-unasked", "protocol", packed(b"\x0b\x01\x80fine\x03", "br"), says="got br")
sends("packed-in-something-unknown", "protocol", packed(b"fine", "\x1b[31m<b>" + "x" * 5000))
sends("packed-in-gzip-twice", "protocol", packed(gzip.compress(WHOLE), "gzip, gzip"))


@case("a-gzip-bomb", "too-large")
async def gzip_bomb(visit: Visit) -> None:
    await visit.send(packed(BOMB))


@case("a-gzip-bomb-of-an-error", "too-large")
async def gzip_bomb_of_an_error(visit: Visit) -> None:
    await visit.send(packed(BOMB).replace(b"200 OK", b"500 KO"))


@case("a-deflate-bomb", "too-large")
async def deflate_bomb(visit: Visit) -> None:
    await visit.send(packed(DEFLATE_BOMB, "deflate"))


@case("a-bomb-in-a-bomb", "protocol", says="got gzip, gzip")
async def bomb_in_a_bomb(visit: Visit) -> None:
    await visit.send(packed(gzip.compress(BOMB), "gzip, gzip"))


@case("a-bomb-in-a-bomb-that-tells-of-one")
async def bomb_in_disguise(visit: Visit) -> None:
    await visit.send(packed(gzip.compress(BOMB)))


@case("an-endless-gzip-stream", "too-large")
async def endless_gzip(visit: Visit) -> None:
    stream = zlib.compressobj(wbits=31)
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    while True:
        await visit.send(stream.compress(b"x" * 65536) + stream.flush(zlib.Z_SYNC_FLUSH))


@case("an-endless-gzip-stream-of-nothing", "protocol")
async def endless_empty_gzip(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
    await visit.for_ever(gzip.compress(b"") * 1000)
