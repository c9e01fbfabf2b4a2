"""Bodies without end, and others that are more than was asked for."""

from __future__ import annotations

from tests.probes.hostile.case import Visit, case, sends

OK = b"HTTP/1.1 200 OK\r\n"


@case("an-endless-body", "too-large", says="at most 1048576 bytes")
async def endless(visit: Visit) -> None:
    await visit.send(OK, b"\r\n")
    await visit.for_ever(b"x" * 65536)


@case("an-endless-body-of-http-1-0", "too-large")
async def endless_of_old(visit: Visit) -> None:
    await visit.send(b"HTTP/1.0 200 OK\r\n\r\n")
    await visit.for_ever(b"x" * 65536)


@case("an-endless-body-of-a-huge-length", "too-large")
async def huge_length(visit: Visit) -> None:
    await visit.send(OK, b"Content-Length: " + b"9" * 18 + b"\r\n\r\n")
    await visit.for_ever(b"x" * 65536)


@case("an-endless-error-page", "too-large")
async def endless_error(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 500 X\r\n\r\n")
    await visit.for_ever(b"<h1>sorry</h1>" * 1000)


sends(
    "one-byte-more-than-the-limit",
    "too-large",
    OK + b"Content-Length: 11\r\n\r\n" + b"x" * 11,
    check={"body_limit": 10},
    says="at most 10 bytes",
)
sends(
    "exactly-the-limit",
    "",
    OK + b"Content-Length: 10\r\n\r\n" + b"x" * 10,
    check={"body_limit": 10},
)
