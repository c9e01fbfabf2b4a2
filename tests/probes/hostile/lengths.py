"""Answers that lie about their length."""

from __future__ import annotations

from tests.probes.hostile.case import sends

OK = b"HTTP/1.1 200 OK\r\n"


def _length(value: bytes, body: bytes = b"hello") -> bytes:
    return OK + b"Content-Length: " + value + b"\r\n\r\n" + body


sends("a-length-too-long", "protocol", _length(b"100"), says="transfer")
sends("a-length-too-long-and-silence", "timeout-read", _length(b"100"), stays=True)
sends(
    "a-length-too-short",
    "body",
    _length(b"2"),
    check={"expect": {"body_matches": ["^hello$"]}},
    says="hello",
)
sends("a-length-too-short-and-silence", "", _length(b"2"), stays=True)
sends("a-second-answer-behind-the-first", "", _length(b"5") * 2)
sends("a-length-below-zero", "protocol", _length(b"-5"))
sends("a-length-with-a-plus", "protocol", _length(b"+5"))
sends("a-length-in-hexadecimal", "protocol", _length(b"0x5"))
sends("a-length-with-an-exponent", "protocol", _length(b"5e0"))
sends("a-length-with-a-fraction", "protocol", _length(b"5.0"))
sends("a-length-in-words", "protocol", _length(b"five"))
sends("a-length-of-nothing", "protocol", _length(b""))
sends("a-length-in-arabic-digits", "protocol", _length(b"\xd9\xa5"))
sends("a-length-of-30-digits", "protocol", _length(b"9" * 30))
sends("a-length-of-18-digits", "protocol", _length(b"9" * 18))
sends("a-length-with-leading-zeros", "", _length(b"0005"))
sends("two-lengths-that-agree", "", OK + b"Content-Length: 5\r\n" + _length(b"5")[len(OK) :])
sends(
    "two-lengths-that-differ", "protocol", OK + b"Content-Length: 5\r\n" + _length(b"6")[len(OK) :]
)
sends("two-lengths-in-one", "protocol", _length(b"5, 6"))
sends("no-length-until-it-closes", "", OK + b"\r\nhello")
sends("no-length-and-silence", "timeout-read", OK + b"\r\nhello", stays=True)
sends("an-empty-answer-with-a-length", "", _length(b"0", b""), stays=True)
sends("an-empty-answer-without-a-length", "", OK + b"\r\n")
sends(
    "an-empty-answer-where-json-is-wanted",
    "json",
    _length(b"0", b""),
    check={"expect": {"json": {"status": "ok"}}},
)
sends(
    "no-content-with-content",
    "",
    b"HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello",
    check={"expect": {"status": 204}},
)
sends(
    "no-content-with-endless-silence",
    "",
    b"HTTP/1.1 204 X\r\n\r\n",
    stays=True,
    check={"expect": {"status": 204}},
)
sends(
    "not-modified-with-content",
    "",
    b"HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\nhello",
    check={"expect": {"status": 304}},
)
sends("head-with-content", "", _length(b"5"), check={"method": "HEAD"})
sends(
    "head-with-a-length-and-silence", "", _length(b"5", b""), stays=True, check={"method": "HEAD"}
)
sends(
    "head-with-chunks",
    "",
    OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    stays=True,
    check={"method": "HEAD"},
)
sends(
    "head-of-something-packed",
    "",
    OK + b"Content-Encoding: gzip\r\nContent-Length: 99\r\n\r\n",
    check={"method": "HEAD"},
)
