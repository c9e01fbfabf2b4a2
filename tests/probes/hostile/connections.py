"""Servers that are bad at the connection itself."""

from __future__ import annotations

import asyncio

from tests.probes.hostile.case import Door, Visit, case

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
LARGE = "x" * 4 * 2**20
POST = {"method": "POST", "body": LARGE}


async def nothing(visit: Visit) -> None:
    """Never called, or with nothing to do."""


case("refuses", "refused", says="nothing listens there", door=Door.SHUT)(nothing)
case("lets-nobody-in", "timeout-connect", door=Door.FULL)(nothing)
case("listens-on-ipv6-only", check={"ip": 6}, address="::1")(
    lambda visit: visit.send(HEAD + b"." * 10)
)
case("has-no-ipv6-address", "dns", says="IPv6", check={"ip": 6})(nothing)
case("is-asked-for-ipv4-at-an-ipv6-address", "dns", check={"ip": 4}, address="::1")(nothing)
case("closes-at-once", "reset", reads=False)(nothing)
case("closes-when-asked", "reset")(nothing)


@case("has-a-name-that-no-dns-allows", "dns", door=Door.NONE, target=f"http://{'a' * 64}.invalid/")
@case("accepts-and-says-nothing", "timeout-read", says=r"within \d\S+, got none")
async def says_nothing(visit: Visit) -> None:
    await visit.gone()


@case("says-nothing-and-reads-nothing", "timeout-read", reads=False, check=POST)
async def reads_nothing(visit: Visit) -> None:
    await asyncio.sleep(20)


@case("one-header-byte-a-second", "timeout-read")
async def drips_its_head(visit: Visit) -> None:
    await visit.drip(HEAD)


@case("one-header-byte-each-100-ms", "timeout-read")
async def drips_its_head_faster(visit: Visit) -> None:
    await visit.drip(HEAD + b"." * 10, every_s=0.1)


@case("one-body-byte-a-second", "timeout-read", says="transfer: wanted the whole body")
async def drips_its_body(visit: Visit) -> None:
    await visit.send(HEAD)
    await visit.drip(b"." * 10)


@case("one-byte-a-packet")
async def sends_byte_by_byte(visit: Visit) -> None:
    await visit.drip(HEAD + b"." * 10, every_s=0)


@case("resets-at-once", "reset", reads=False)
@case("resets-when-asked", "reset")
async def resets(visit: Visit) -> None:
    visit.reset()


@case("resets-in-the-head", "reset")
async def resets_in_the_head(visit: Visit) -> None:
    await visit.send(HEAD[:20])
    await asyncio.sleep(0.05)
    visit.reset()


@case("resets-in-the-body", "reset")
async def resets_in_the_body(visit: Visit) -> None:
    await visit.send(HEAD, b"half")
    await asyncio.sleep(0.05)
    visit.reset()


@case("closes-in-the-status-line", "protocol")
async def closes_in_the_status_line(visit: Visit) -> None:
    await visit.send(HEAD[:9])


@case("closes-in-the-head", "protocol")
async def closes_in_the_head(visit: Visit) -> None:
    await visit.send(HEAD[:30])


@case("answers-before-it-is-asked", reads=False)
async def answers_first(visit: Visit) -> None:
    await visit.send(HEAD + b"." * 10)
    await visit.gone()


@case("answers-while-it-is-still-asked", "status", says="got 413", reads=False, check=POST)
async def answers_early(visit: Visit) -> None:
    await visit.read_head()
    await visit.send(b"HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n")
    await asyncio.sleep(2)


@case("half-closes-after-its-answer")
async def half_closes(visit: Visit) -> None:
    await visit.send(HEAD + b"." * 10)
    visit.writer.write_eof()
    await visit.gone()


@case("half-closes-without-an-answer", "reset")
async def half_closes_at_once(visit: Visit) -> None:
    visit.writer.write_eof()
    await visit.gone()


@case("answers-and-keeps-the-connection-open")
async def stays(visit: Visit) -> None:
    await visit.send(HEAD + b"." * 10)
    await visit.gone()


@case("answers-and-resets")
async def answers_and_resets(visit: Visit) -> None:
    await visit.send(HEAD + b"." * 10)
    await asyncio.sleep(0.1)
    visit.reset()
