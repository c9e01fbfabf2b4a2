"""TCP checks against real services, polite and hostile."""

from __future__ import annotations

import asyncio
import itertools
import socket
import ssl
import threading
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.observation import Outcome
from seakeep.probes.dialogue import MAX_HEARD_BYTES
from seakeep.probes.engine import kind_of
from tests.probes.listeners import Handler, Listeners, check_of, listening, observe, quiet

GREETED = [{"expect": "^220 "}]


@pytest.fixture(scope="module")
def listeners() -> Iterator[Listeners]:
    with listening() as running:
        yield running


def saying(*chunks: bytes, then_close: bool = False) -> Handler:
    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        if then_close:
            writer.write_eof()

    return serve


async def endless(reader: StreamReader, writer: StreamWriter) -> None:
    for _ in itertools.count():
        writer.write(b"x" * 4096)
        await writer.drain()


async def endless_lines(reader: StreamReader, writer: StreamWriter) -> None:
    for _ in itertools.count():
        writer.write(b"221 no\r\n" * 512)
        await writer.drain()


async def drip(reader: StreamReader, writer: StreamWriter) -> None:
    for byte in b"220 mail.example.org":
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(1)


def test_a_connection_alone_is_an_assertion(listeners: Listeners) -> None:
    gone = threading.Event()
    seen = observe(kind="tcp", address=listeners.tcp(quiet(gone)))
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert (seen.attributes["ip"], seen.attributes["ip_protocol"]) == ("127.0.0.1", 4)
    assert str(seen.attributes["url"]).startswith("tcp://127.0.0.1:")
    assert gone.wait(5)


def test_a_port_where_nothing_listens_refuses() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        seen = observe(kind="tcp", address=f"127.0.0.1:{closed.getsockname()[1]}")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "refused")
    assert seen.attributes["ip"] == "127.0.0.1"


def test_a_dialogue_goes_back_and_forth(listeners: Listeners) -> None:
    heard = []

    async def mail(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"220-welcome\r\n220 mail.example.org ESMTP\r\n")
        heard.append(await reader.readline())
        writer.write(b"250-mail.example.org\r\n250-SIZE 1000\r\n250 HELP\r\n")
        heard.append(await reader.readline())
        writer.write(b"221 bye\r\n")

    seen = observe(
        kind="tcp",
        address=listeners.tcp(mail),
        dialogue=[
            {"expect": "^220 .*ESMTP$"},
            {"send": "EHLO x\r\n"},
            {"expect": "^250-SIZE"},
            {"expect": "^250 "},
            {"send": "QUIT\r\n"},
            {"expect": "^221"},
        ],
    )
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert heard == [b"EHLO x\r\n", b"QUIT\r\n"]
    assert seen.phases is not None
    assert seen.phases.processing_s is not None


def test_a_prompt_without_an_end_of_line_counts(listeners: Listeners) -> None:
    async def console(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"login: ")
        await reader.readline()
        writer.write(b"Password: ")

    steps = [{"expect": "login:"}, {"send": "me\n"}, {"expect": "Password:"}]
    seen = observe(kind="tcp", address=listeners.tcp(console), dialogue=steps)
    assert seen.message == ""


def test_half_a_line_does_not_pass_for_the_whole(listeners: Listeners) -> None:
    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"OK")
        await writer.drain()
        await asyncio.sleep(0.05)  # so that it comes alone
        writer.write(b"AY\r\n")
        writer.write_eof()

    seen = observe(kind="tcp", address=listeners.tcp(serve), dialogue=[{"expect": "^OK$"}])
    assert seen.cause == "banner"


def test_the_last_line_may_end_with_the_connection(listeners: Listeners) -> None:
    handler = saying(b"PONG", then_close=True)
    steps = [{"expect": "^PONG$"}]
    assert observe(kind="tcp", address=listeners.tcp(handler), dialogue=steps).message == ""


@pytest.mark.parametrize(
    ("handler", "cause", "got"),
    [
        (saying(b"554 go away\r\n"), "banner", "wanted /^220 / in time, got '554 go away'"),
        (saying(b"554 away\r\n", then_close=True), "banner", "'554 away' and then the end"),
        (saying(b"\xff\xfe\x1b[31m\r\n", then_close=True), "banner", "dialogue, step 1"),
        (saying(then_close=True), "reset", "got a closed connection"),
        (saying(), "timeout-read", "got none"),
        (drip, "timeout-read", "in time, got '2'"),
        (endless, "banner", " bytes: 'xxxx"),
        (endless_lines, "banner", "'221 no'"),
    ],
    ids=[
        "something-else",
        "hangs-up",
        "no-text",
        "nothing-and-hangs-up",
        "silence",
        "one-byte-a-second",
        "endless-bytes",
        "endless-lines",
    ],
)
def test_whatever_a_service_says_instead_has_its_cause(
    listeners: Listeners, handler: Handler, cause: str, got: str
) -> None:
    seen = observe(kind="tcp", address=listeners.tcp(handler), dialogue=GREETED, timeout="400ms")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, cause), seen.message
    assert got in seen.message
    assert "\x1b" not in seen.message
    assert seen.duration_s < 2


def test_at_the_deadline_the_connection_is_closed(listeners: Listeners) -> None:
    gone = threading.Event()
    address = listeners.tcp(quiet(gone))
    seen = observe(kind="tcp", address=address, dialogue=GREETED, timeout="100ms")
    assert seen.cause == "timeout-read"
    assert gone.wait(5)


def test_a_pattern_that_goes_astray_is_stopped(listeners: Listeners) -> None:
    handler = saying(b"a" * 60 + b"!\r\n")
    seen = observe(kind="tcp", address=listeners.tcp(handler), dialogue=[{"expect": "(a|aa)+$"}])
    assert seen.cause == "banner"
    assert "more than 100 ms of work" in seen.message
    assert seen.duration_s < 3


def test_no_more_is_listened_to_than_the_limit(listeners: Listeners) -> None:
    began = time.process_time()
    seen = observe(kind="tcp", address=listeners.tcp(endless), dialogue=GREETED, timeout="5s")
    assert seen.cause == "banner"
    assert seen.duration_s < 4
    assert int(seen.message.split("got ")[1].split(" ")[0]) < 3 * MAX_HEARD_BYTES
    assert time.process_time() - began < 2


def test_a_service_that_does_not_read_ends_at_the_deadline(listeners: Listeners) -> None:
    async def deaf(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(60)

    steps = [{"send": "x" * 8_000_000}, {"expect": "never"}]
    seen = observe(kind="tcp", address=listeners.tcp(deaf), dialogue=steps, timeout="300ms")
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout-read")


def test_a_dialogue_may_be_encrypted(listeners: Listeners, tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    address = listeners.tcp(saying(b"220 ready\r\n"), tls=context)
    encrypted = {"kind": "tcp", "address": address, "dialogue": GREETED}
    seen = observe(**encrypted, tls={"ca": str(tmp_path / "ca.pem")})
    assert (seen.outcome, seen.message) == (Outcome.GOOD, "")
    assert seen.attributes["tls_version"] == "TLSv1.3"
    assert observe(**encrypted, tls=True).cause == "tls-untrusted"


def test_the_command_that_repeats_it_is_what_a_person_would_use() -> None:
    plain = check_of(kind="tcp", address="example.org:25", ip=6)
    assert kind_of(plain).repeat(plain, "") == "nc -v -6 example.org 25"
    encrypted = check_of(kind="tcp", address="example.org:993", tls=True)
    assert kind_of(encrypted).repeat(encrypted, "").startswith("openssl s_client -connect example")


@settings(max_examples=60, deadline=None)
@given(said=st.binary(max_size=300), is_cut=st.booleans())
def test_nothing_that_is_said_raises(listeners: Listeners, said: bytes, is_cut: bool) -> None:
    handler = (
        saying(said[:10], said[10:], then_close=True) if is_cut else saying(said, then_close=True)
    )
    seen = observe(kind="tcp", address=listeners.tcp(handler), dialogue=GREETED)
    is_greeted = any(line.startswith(b"220 ") for line in said.split(b"\n"))
    assert seen.cause in {"", "banner", "reset"}
    assert (seen.outcome is Outcome.GOOD) == is_greeted
