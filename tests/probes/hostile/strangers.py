"""Servers that speak something else than HTTP/1.1."""

from __future__ import annotations

import random

from tests.probes.hostile.case import Visit, case, sends

NOISE = random.Random(4).randbytes(5000)
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"
GOAWAY = b"\x00\x00\x08\x07\x00\x00\x00\x00\x00" + bytes(7) + b"\x01"

sends("speaks-smtp", "protocol", b"220 mail.example ESMTP ready\r\n")
sends(
    "speaks-smtp-and-waits",
    "protocol",
    b"220 mail.example ESMTP ready\r\n",
    reads=False,
    stays=True,
)
sends("speaks-ssh-and-waits", "protocol", b"SSH-2.0-OpenSSH_9.9\r\n", reads=False, stays=True)
sends(
    "speaks-mysql-and-waits", "protocol", b"\x4a\x00\x00\x00\x0a8.0.36\x00", reads=False, stays=True
)
sends("speaks-redis", "protocol", b"-ERR unknown command 'GET'\r\n")
sends("speaks-noise", "protocol", NOISE)
sends("speaks-noise-and-waits", "protocol", NOISE, stays=True)
sends("speaks-nul-bytes", "protocol", bytes(100))
sends("speaks-one-byte-of-noise", "protocol", b"\xff")
sends("speaks-tls-where-plain-text-is-wanted", "protocol", b"\x15\x03\x03\x00\x02\x02\x46")
sends("speaks-http2-frames", "protocol", SETTINGS, GOAWAY)
sends("speaks-http2-frames-and-waits", "protocol", SETTINGS, stays=True)
sends("speaks-the-preface-of-http2", "protocol", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
sends("speaks-a-request", "protocol", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
sends("speaks-html-with-escape-codes", "protocol", b"\x1b[2J<script>alert(1)</script>\r\n\r\n")
sends(
    "speaks-http1-where-http2-is-wanted",
    "reset",
    b"HTTP/1.1 200 OK\r\n\r\n",
    check={"http_version": 2},
)
sends(
    "says-nothing-where-http2-is-wanted",
    "timeout-read",
    stays=True,
    reads=False,
    check={"http_version": 2},
)


@case("repeats-what-it-hears", "protocol")
async def echoes(visit: Visit) -> None:
    await visit.send(visit.head)


@case("speaks-endless-noise", "protocol")
async def endless_noise(visit: Visit) -> None:
    await visit.for_ever(NOISE)
