"""Answers whose status line or headers are wrong, or far too much."""

from __future__ import annotations

from tests.probes.hostile.case import Visit, case, sends

EMPTY = b"Content-Length: 0\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"

sends("speaks-http-9-9", "protocol", b"HTTP/9.9 200 OK\r\n" + EMPTY)
sends("speaks-http-2-0-in-text", "protocol", b"HTTP/2.0 200 OK\r\n" + EMPTY)
sends("speaks-http-0-9", "protocol", b"<html>hello</html>")
sends("speaks-http-1", "protocol", b"HTTP/1 200 OK\r\n" + EMPTY)
sends("speaks-http-in-small-letters", "protocol", b"http/1.1 200 OK\r\n" + EMPTY)
sends("speaks-http-1-0-with-a-length", "", b"HTTP/1.0 200 OK\r\n" + EMPTY)
sends("speaks-http-1-0-without-a-length", "", b"HTTP/1.0 200 OK\r\n\r\nhello")
sends("status-99", "protocol", b"HTTP/1.1 99 X\r\n" + EMPTY)
sends("status-099", "protocol", b"HTTP/1.1 099 X\r\n" + EMPTY)
sends("status-1000", "protocol", b"HTTP/1.1 1000 X\r\n" + EMPTY)
sends("status-000", "protocol", b"HTTP/1.1 000 X\r\n" + EMPTY)
sends("status-minus-200", "protocol", b"HTTP/1.1 -200 X\r\n" + EMPTY)
sends("status-999", "status", b"HTTP/1.1 999 X\r\n" + EMPTY, says="got 999")
sends("status-600", "status", b"HTTP/1.1 600 X\r\n" + EMPTY, says="got 600")
sends("no-status", "protocol", b"HTTP/1.1\r\n" + EMPTY)
sends("words-for-a-status", "protocol", b"HTTP/1.1 OK\r\n" + EMPTY)
sends("no-reason", "", b"HTTP/1.1 200\r\n" + EMPTY)
sends("empty-reason", "", b"HTTP/1.1 200 \r\n" + EMPTY)
sends("two-spaces-before-the-status", "protocol", b"HTTP/1.1  200 OK\r\n" + EMPTY)
sends("escape-codes-in-the-reason", "", b"HTTP/1.1 200 \x1b[2J\x1b]0;x\x07\r\n" + EMPTY)
sends("script-in-the-reason", "status", b"HTTP/1.1 500 <script>alert(1)</script>\r\n" + EMPTY)
sends("bytes-beyond-ascii-in-the-reason", "", b"HTTP/1.1 200 \xff\xfe\xe9\r\n" + EMPTY)
sends("a-reason-of-60-kib", "", b"HTTP/1.1 200 " + b"a" * 60 * 1024 + b"\r\n" + EMPTY)
sends("blank-lines-before-the-status", "protocol", b"\r\n\r\n" + OK + EMPTY)
sends("line-feeds-alone", "", OK.replace(b"\r", b"") + b"Content-Length: 0\n\n")
sends("carriage-returns-alone", "protocol", OK.replace(b"\n", b"") + b"Content-Length: 0\r\r")
sends("a-carriage-return-in-a-value", "protocol", OK + b"X-A: a\rX-B: b\r\n" + EMPTY)
sends("a-nul-in-a-value", "protocol", OK + b"X-A: a\x00b\r\n" + EMPTY)
sends("escape-codes-in-a-value", "", OK + b"X-A: \x1b[31mred\r\n" + EMPTY)
sends("a-nul-in-a-name", "protocol", OK + b"X\x00A: a\r\n" + EMPTY)
sends("a-header-without-a-colon", "protocol", OK + b"nonsense\r\n" + EMPTY)
sends("a-header-without-a-name", "protocol", OK + b": nameless\r\n" + EMPTY)
sends("a-space-before-the-colon", "protocol", OK + b"X-A : a\r\n" + EMPTY)
sends("a-header-that-begins-with-a-space", "protocol", OK + b" X-A: a\r\n" + EMPTY)
sends("a-folded-header", "", OK + b"X-A: a\r\n  b\r\n" + EMPTY)
sends("bytes-beyond-ascii-in-a-value", "", OK + b"X-A: \xff\xc3\xa9\r\n" + EMPTY)
sends("a-header-that-injects-another", "", OK + b"X-A: a%0d%0aX-B: b\r\n" + EMPTY)
sends("2000-headers", "", OK + b"X-A: a\r\n" * 2000 + EMPTY)
sends("10000-headers", "protocol", OK + b"X-Header: value\r\n" * 10_000 + EMPTY)
sends("10000-headers-of-four-bytes", "", OK + b"a:\r\n" * 10_000 + EMPTY)
sends("a-value-of-200-kib", "protocol", OK + b"X-A: " + b"a" * 200 * 1024 + b"\r\n" + EMPTY)
sends("a-name-of-200-kib", "protocol", OK + b"a" * 200 * 1024 + b": a\r\n" + EMPTY)
sends("a-value-of-60-kib", "", OK + b"X-A: " + b"a" * 60 * 1024 + b"\r\n" + EMPTY)
sends("headers-without-end-of-head", "protocol", OK + b"X-A: a\r\n")
sends(
    "a-header-that-is-wrong-and-hostile",
    "header",
    OK + b"X-State: \x1b[31m<script>alert(1)</script>\xe2\x80\xae" + b"a" * 3000 + b"\r\n" + EMPTY,
    check={"expect": {"headers": {"X-State": "^ready$"}}},
    says="wanted /\\^ready\\$/",
)


@case("an-endless-status-line", "protocol")
async def endless_status_line(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 ")
    await visit.for_ever(b"a" * 4096)


@case("an-endless-header-line", "protocol")
async def endless_header_line(visit: Visit) -> None:
    await visit.send(OK, b"X-A: ")
    await visit.for_ever(b"a" * 4096)


@case("endless-headers", "protocol")
async def endless_headers(visit: Visit) -> None:
    await visit.send(OK)
    await visit.for_ever(b"X-A: a\r\n" * 100)


@case("endless-blank-lines", "protocol")
async def endless_blank_lines(visit: Visit) -> None:
    await visit.for_ever(b"\r\n" * 1000)
