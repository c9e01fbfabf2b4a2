"""Servers whose certificate or whose way with TLS is wrong."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl

from tests.probes.hostile.case import Door, Visit, case, sends

FINAL = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine"
ENCRYPTED = "https://127.0.0.1:{port}/"
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # fatal, handshake_failure


async def nothing(visit: Visit) -> None:
    """Never called."""


TRUSTING: dict[str, object] = {"tls": {"verify": False}}
SYSTEM_ONLY: dict[str, object] = {"tls": {"ca": None}}

sends("a-good-certificate", "", FINAL, tls="good")
sends("a-good-certificate-by-ipv6", "", FINAL, tls="good", address="::1")
sends("a-good-certificate-by-tls-1-2", "", FINAL, tls="tls-1.2")
sends("a-certificate-that-has-expired", "tls-expired", FINAL, tls="expired")
sends("a-certificate-that-is-not-yet-valid", "tls-expired", FINAL, tls="not-yet-valid")
sends("a-certificate-signed-by-itself", "tls-untrusted", FINAL, tls="self-signed")
sends("a-certificate-for-another-name", "tls-hostname", FINAL, tls="wrong-name")
sends("a-certificate-for-another-address", "tls-hostname", FINAL, tls="wrong-address")
sends("a-certificate-of-an-unknown-authority", "tls-untrusted", FINAL, tls="unknown-authority")
sends("a-certificate-of-no-public-authority", "tls-untrusted", FINAL, tls="good", check=SYSTEM_ONLY)
sends(
    "a-certificate-for-another-name-than-is-asked-for",
    "tls-hostname",
    FINAL,
    tls="good",
    check={"tls": {"server_name": "elsewhere.example"}},
)
sends(
    "an-untrusted-certificate-where-none-need-be-trusted",
    "",
    FINAL,
    tls="self-signed",
    check=TRUSTING,
)
sends("a-wrong-name-where-none-need-be-trusted", "", FINAL, tls="wrong-name", check=TRUSTING)
sends("an-expired-certificate-where-none-need-be-trusted", "", FINAL, tls="expired", check=TRUSTING)
sends(
    "an-expired-certificate-where-days-must-be-left",
    "certificate",
    FINAL,
    tls="expired",
    check={**TRUSTING, "expect": {"tls": {"min_days_left": 1}}},
)
sends("tls-1-0-at-most", "tls-handshake", FINAL, tls="tls-1.0")
sends("tls-1-1-at-most", "tls-handshake", FINAL, tls="tls-1.1")
sends("wants-a-certificate-of-ours-by-tls-1-2", "tls-handshake", FINAL, tls="wants-certificate-1.2")
sends(
    "speaks-http1-by-tls-where-http2-is-wanted",
    "http-version",
    FINAL,
    tls="good",
    check={"http_version": 2},
)
sends("plain-text-where-tls-is-wanted", "tls-handshake", FINAL, reads=False, target=ENCRYPTED)
sends("closes-in-the-handshake", "tls-handshake", b"", reads=False, target=ENCRYPTED)
sends("refuses-the-handshake", "tls-handshake", ALERT, reads=False, target=ENCRYPTED)
sends(
    "noise-in-the-handshake",
    "tls-handshake",
    b"\x16\x03\x03\x00\x10" + b"\xff" * 16,
    reads=False,
    target=ENCRYPTED,
)
sends(
    "tls-that-hangs-up-on-plain-text", "reset", FINAL, tls="good", target="http://127.0.0.1:{port}/"
)
sends("says-nothing-in-the-handshake", "timeout-connect", reads=False, stays=True, target=ENCRYPTED)
sends(
    "stalls-in-the-handshake",
    "timeout-connect",
    b"\x16\x03\x03\x00\x50\x02",
    reads=False,
    stays=True,
    target=ENCRYPTED,
)
case("refuses-where-tls-is-wanted", "refused", door=Door.SHUT, target=ENCRYPTED)(nothing)
sends("says-nothing-after-the-handshake", "timeout-read", tls="good", stays=True)
sends("closes-after-the-handshake", "reset", tls="good")
sends("keeps-a-tls-connection-open", "", FINAL, tls="good", stays=True)


@case("drips-in-the-handshake", "timeout-connect", reads=False, target=ENCRYPTED)
async def drips(visit: Visit) -> None:
    await visit.drip(b"\x16\x03\x03\x0f\xff" + bytes(100), every_s=0.1)


@case("endless-noise-in-the-handshake", "tls-handshake", reads=False, target=ENCRYPTED)
async def endless_noise(visit: Visit) -> None:
    await visit.for_ever(b"\x16\x03\x03\x40\x00\x0b\x00\xff\xff" + bytes(16375))


@case("wants-a-certificate-of-ours", "tls-handshake", reads=False, target=ENCRYPTED)
async def wants_certificate(visit: Visit) -> None:
    """Tell so by an alert after the handshake, as TLS 1.3 has it; asyncio's servers do not."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = visit.certificates.context("wants-certificate")
    session = context.wrap_bio(incoming, outgoing, server_side=True)
    for _ in range(10):
        try:
            session.do_handshake()
        except ssl.SSLWantReadError:
            await visit.send(outgoing.read())
            incoming.write(await visit.reader.read(65536))
        except ssl.SSLError:
            break
    await visit.send(outgoing.read())
    await visit.gone()


@case("resets-in-the-handshake", "tls-handshake", reads=False, target=ENCRYPTED)
async def resets(visit: Visit) -> None:
    await visit.reader.read(10)
    visit.reset()


@case("resets-after-the-handshake", "reset", tls="good")
async def resets_later(visit: Visit) -> None:
    visit.reset()


@case("resets-in-an-encrypted-body", "reset", tls="good")
async def resets_in_the_body(visit: Visit) -> None:
    await visit.send(FINAL[:-2])
    await asyncio.sleep(0.05)
    visit.reset()


@case("an-endless-encrypted-body", "too-large", tls="good")
async def endless_body(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n\r\n")
    await visit.for_ever(b"x" * 65536)


@case("breaks-its-encryption", "protocol", tls="good")
async def breaks_encryption(visit: Visit) -> None:
    await visit.send(FINAL[:-2])
    os.write(visit.writer.get_extra_info("socket").fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))
    await visit.gone()


@case("ends-tls-without-a-good-bye", tls="good")
async def without_good_bye(visit: Visit) -> None:
    await visit.send(b"HTTP/1.1 200 OK\r\n\r\nfine")
    raw = visit.writer.get_extra_info("socket")
    with socket.socket(fileno=os.dup(raw.fileno())) as twin:
        twin.shutdown(socket.SHUT_WR)
    await visit.gone()
