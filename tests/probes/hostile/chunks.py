"""Chunks that are none, and other ways to frame a body: https://www.rfc-editor.org/rfc/rfc9112#section-7."""

from __future__ import annotations

from tests.probes.hostile.case import Visit, case, sends

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HELLO = b"5\r\nhello\r\n"
END = b"0\r\n\r\n"

sends("chunks", "", CHUNKED + HELLO + END, stays=True)
sends("a-chunk-size-in-words", "protocol", CHUNKED + b"five\r\nhello\r\n" + END)
sends("a-chunk-size-below-zero", "protocol", CHUNKED + b"-5\r\nhello\r\n" + END)
sends("a-chunk-size-with-0x", "protocol", CHUNKED + b"0x5\r\nhello\r\n" + END)
sends("a-chunk-size-of-nothing", "protocol", CHUNKED + b"\r\nhello\r\n" + END)
sends("a-chunk-size-of-30-digits", "protocol", CHUNKED + b"F" * 30 + b"\r\nhello\r\n" + END)
sends("a-chunk-size-of-15-digits", "protocol", CHUNKED + b"F" * 15 + b"\r\nhello\r\n" + END)
sends("a-chunk-longer-than-its-size", "protocol", CHUNKED + b"2\r\nhello\r\n" + END)
sends("a-chunk-shorter-than-its-size", "protocol", CHUNKED + b"9\r\nhello\r\n" + END)
sends("a-chunk-without-its-line-end", "protocol", CHUNKED + b"5\r\nhello5\r\nhello\r\n" + END)
sends("chunks-with-line-feeds-alone", "protocol", CHUNKED + b"5\nhello\n0\n\n")
sends("a-chunk-with-an-extension", "", CHUNKED + b'5;name="value"\r\nhello\r\n' + END)
sends("chunks-cut-off-in-one", "protocol", CHUNKED + b"5\r\nhe")
sends("chunks-cut-off-before-the-last", "protocol", CHUNKED + HELLO)
sends("chunks-cut-off-in-the-last", "protocol", CHUNKED + HELLO + b"0\r\n")
sends("chunks-without-an-end", "timeout-read", CHUNKED + HELLO, stays=True)
sends("trailers", "", CHUNKED + HELLO + b"0\r\nX-Sum: 5\r\n\r\n")
sends("trailers-that-are-no-headers", "protocol", CHUNKED + HELLO + b"0\r\nnonsense\r\n\r\n")
sends("20000-chunks-of-one-byte", "", CHUNKED, b"1\r\n.\r\n" * 20_000 + END)
sends("chunks-that-the-head-does-not-tell", "", OK + b"\r\n" + HELLO + END)
sends(
    "both-a-length-and-chunks", "", OK + b"Content-Length: 3\r\n" + CHUNKED[len(OK) :] + HELLO + END
)
sends("chunks-of-http-1-0", "", CHUNKED.replace(b"1.1", b"1.0") + HELLO + END)
sends("an-unknown-transfer-encoding", "protocol", OK + b"Transfer-Encoding: sealed\r\n\r\nhello")
sends(
    "gzip-as-transfer-encoding",
    "protocol",
    OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + HELLO + END,
)
sends(
    "chunks-in-chunks",
    "protocol",
    OK + b"Transfer-Encoding: chunked\r\n" + CHUNKED[len(OK) :] + HELLO + END,
)


@case("an-endless-chunk-extension", "protocol")
async def endless_extension(visit: Visit) -> None:
    await visit.send(CHUNKED, b"5;")
    await visit.for_ever(b"a" * 4096)


@case("an-endless-chunk-size", "protocol")
async def endless_size(visit: Visit) -> None:
    await visit.send(CHUNKED)
    await visit.for_ever(b"0" * 4096)


@case("endless-trailers", "protocol")
async def endless_trailers(visit: Visit) -> None:
    await visit.send(CHUNKED, HELLO, b"0\r\n")
    await visit.for_ever(b"X-A: a\r\n" * 100)


@case("endless-chunks", "too-large")
async def endless_chunks(visit: Visit) -> None:
    await visit.send(CHUNKED)
    await visit.for_ever(b"1000\r\n" + b"x" * 4096 + b"\r\n")


@case("one-huge-chunk", "too-large")
async def huge_chunk(visit: Visit) -> None:
    await visit.send(CHUNKED, b"FFFFFFFFFFFFFFF\r\n")
    await visit.for_ever(b"x" * 65536)
