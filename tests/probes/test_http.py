"""HTTP checks against real servers: each cause, the deadline, the phases."""

from __future__ import annotations

import asyncio
import gzip
import socket
import time
import zlib
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from seakeep import __version__
from seakeep.checks import Check
from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.probes.engine import run_check, run_checks

if TYPE_CHECKING:
    from tests.probes.conftest import Handler, Servers

MAX_BODY_BYTES = 1024 * 1024

Observer = Callable[[Check, Observation], None]
PlatformAt = Callable[..., Platform]


def look(
    platform: Platform, max_concurrency: int = 32, observed: Observer = lambda _check, _seen: None
) -> tuple[Observation, ...]:
    return asyncio.run(
        run_checks(
            platform,
            platform.checks,
            location="here",
            run_id="r1",
            max_concurrency=max_concurrency,
            observed=observed,
        )
    )


def look_once(platform: Platform) -> Observation:
    (observation,) = look(platform)
    return observation


async def silence(reader: StreamReader, writer: StreamWriter) -> None:
    await asyncio.sleep(60)


async def hang_up(reader: StreamReader, writer: StreamWriter) -> None:
    writer.close()


async def reset(reader: StreamReader, writer: StreamWriter) -> None:
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def babble(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"220 mail.example.org ESMTP ready\r\n\r\n")
    await writer.drain()


async def stop_half_way(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()


async def drip(reader: StreamReader, writer: StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(1)


def test_a_good_answer_is_good_and_tells_what_was_seen(
    servers: Servers, platform_at: PlatformAt
) -> None:
    seen = look_once(platform_at(servers.answer("fine"), {}))
    assert (seen.outcome, seen.cause, seen.message) == (Outcome.GOOD, "", "")
    assert (seen.location, seen.run_id, seen.platform) == ("here", "r1", "test")
    assert seen.attributes["status"] == 200
    assert seen.attributes["http_version"] == "1.1"
    assert seen.attributes["content_length"] == seen.attributes["body_bytes"] == 4
    assert seen.attributes["suite"] == "health"


def test_each_request_says_who_asks_and_carries_the_trace(
    servers: Servers, platform_at: PlatformAt
) -> None:
    seen = look_once(platform_at(servers.answer(), {"headers": {"X-Own": "yes"}}))
    (request,) = servers.requests
    assert f"User-Agent: seakeep/{__version__}\r\n" in request
    assert f"traceparent: 00-{seen.attributes['trace_id']}-" in request
    assert "X-Own: yes\r\n" in request


@pytest.mark.parametrize(
    ("handler", "cause"),
    [
        (silence, "timeout-read"),
        (drip, "timeout-read"),
        (hang_up, "reset"),
        (reset, "reset"),
        (babble, "protocol"),
        (stop_half_way, "protocol"),
    ],
)
def test_a_broken_exchange_has_its_cause(
    servers: Servers, platform_at: PlatformAt, handler: Handler, cause: str
) -> None:
    seen = look_once(platform_at(servers.serve(handler), {"timeout": "300ms"}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, cause)
    assert "wanted" in seen.message
    assert "got" in seen.message


def test_a_port_where_nothing_listens_refuses(platform_at: PlatformAt) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        seen = look_once(platform_at(f"http://127.0.0.1:{closed.getsockname()[1]}", {}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "refused")


def test_a_name_that_does_not_exist_is_dns(platform_at: PlatformAt) -> None:
    seen = look_once(platform_at("http://nowhere.invalid", {}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "dns")


def test_a_server_that_does_not_accept_times_out_while_connecting(platform_at: PlatformAt) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        queued = [socket.socket() for _ in range(3)]
        for waiting in queued:
            waiting.setblocking(False)
            waiting.connect_ex(address)
        seen = look_once(platform_at(f"http://127.0.0.1:{address[1]}", {"timeout": "300ms"}))
        for waiting in queued:
            waiting.close()
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "timeout-connect")


def test_plain_http_where_tls_is_wanted_is_a_failed_handshake(
    servers: Servers, platform_at: PlatformAt
) -> None:
    base_url = servers.serve(babble).replace("http:", "https:")
    seen = look_once(platform_at(base_url, {"timeout": "500ms"}))
    assert seen.outcome is Outcome.BAD
    assert seen.cause in {"tls-handshake", "timeout-connect"}


def test_a_body_past_the_limit_is_too_large(servers: Servers, platform_at: PlatformAt) -> None:
    seen = look_once(platform_at(servers.answer(b"x" * (MAX_BODY_BYTES + 1)), {}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "too-large")


def test_the_limit_counts_what_a_small_compressed_body_unpacks_to(
    servers: Servers, platform_at: PlatformAt
) -> None:
    bomb = gzip.compress(b"\0" * (8 * MAX_BODY_BYTES))
    base_url = servers.answer(bomb, headers="Content-Encoding: gzip\r\n")
    assert look_once(platform_at(base_url, {})).cause == "too-large"


def test_a_body_that_is_not_what_its_encoding_says_is_protocol(
    servers: Servers, platform_at: PlatformAt
) -> None:
    base_url = servers.answer("plain", headers="Content-Encoding: gzip\r\n")
    assert look_once(platform_at(base_url, {})).cause == "protocol"


def test_a_bomb_in_a_bomb_is_refused_and_not_unpacked(
    servers: Servers, platform_at: PlatformAt
) -> None:
    bomb = gzip.compress(gzip.compress(b"\0" * (64 * MAX_BODY_BYTES)))
    base_url = servers.answer(bomb, headers="Content-Encoding: gzip, gzip\r\n")
    seen = look_once(platform_at(base_url, {}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "protocol")
    assert seen.message == "body: wanted gzip, deflate or no encoding, got gzip, gzip"
    assert seen.duration_s < 0.3


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"fine"), "gzip"),
        (gzip.compress(b"fine"), "X-GZip"),
        (zlib.compress(b"fine"), "deflate"),
        (zlib.compress(b"fine", wbits=-15), "deflate"),
        (b"fine", "identity"),
    ],
    ids=["gzip", "x-gzip", "deflate", "bare-deflate", "identity"],
)
def test_what_is_asked_for_is_unpacked(
    servers: Servers, platform_at: PlatformAt, body: bytes, encoding: str
) -> None:
    async def byte_by_byte(reader: StreamReader, writer: StreamWriter) -> None:
        head = f"HTTP/1.1 200 X\r\nContent-Encoding: {encoding}\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        for at in range(len(body)):
            writer.write(body[at : at + 1])
            await writer.drain()
            await asyncio.sleep(0)

    check = {"expect": {"body_matches": ["^fine$"]}}
    assert look_once(platform_at(servers.serve(byte_by_byte), check)).message == ""


def test_an_encoding_of_nothing_is_no_matter(servers: Servers, platform_at: PlatformAt) -> None:
    base_url = servers.answer(status=204, headers="Content-Encoding: br\r\n")
    assert look_once(platform_at(base_url, {"expect": {"status": 204}})).outcome is Outcome.GOOD


CHARSETS = ["hex", "zlib", "rot13", "idna", "undefined", "punycode", "no-such", "utf-16", "'\\0'"]


def test_no_character_set_keeps_an_answer_from_being_judged(
    servers: Servers, platform_at: PlatformAt
) -> None:
    check = {"expect": {"body_matches": ["never"], "status": 200}}
    for charset in CHARSETS:
        headers = f"Content-Type: text/html; charset={charset}\r\n"
        seen = look_once(platform_at(servers.answer(b"xn--\xff" * 50_000, headers=headers), check))
        assert (seen.outcome, seen.cause) == (Outcome.BAD, "body"), charset
        assert seen.duration_s < 1


def test_an_answer_that_breaks_the_judge_is_still_an_observation(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RecursionError("too deep")

    monkeypatch.setattr("seakeep.probes.http.judge_aside", broken)
    seen = look_once(platform_at(servers.answer("x"), {}))
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer")
    assert "RecursionError: too deep" in seen.message


def test_a_redirect_is_not_followed(servers: Servers, platform_at: PlatformAt) -> None:
    base_url = servers.answer(status=302, headers="Location: /login\r\n")
    seen = look_once(platform_at(base_url, {}))
    assert (seen.cause, seen.message) == ("status", "status: wanted 200, got 302 to /login")
    assert len(servers.requests) == 1


def test_cookies_of_one_check_do_not_reach_the_next(
    servers: Servers, platform_at: PlatformAt
) -> None:
    base_url = servers.answer(headers="Set-Cookie: a=b\r\n")
    look(platform_at(base_url, {}, {}), max_concurrency=1)
    assert not any("cookie" in request.lower() for request in servers.requests)


@pytest.mark.parametrize("version", ["1.1", "2"])
def test_a_request_that_cannot_be_sent_is_our_own_fault(
    servers: Servers, platform_at: PlatformAt, version: str
) -> None:
    check = {"headers": {"X-Bad": "a\nb"}, "http_version": version}
    seen = look_once(platform_at(servers.serve(silence, reads_head=False), check))
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer")
    assert "wanted headers of one line each" in seen.message


def test_chunks_of_one_byte_leave_turns_to_others(
    servers: Servers, platform_at: PlatformAt
) -> None:
    async def crumble(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"1\r\na\r\n" * 40_000 + b"0\r\n\r\n")
        await writer.drain()

    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async def both() -> Observation:
        platform = platform_at(servers.serve(crumble))
        others = asyncio.create_task(count_turns())
        try:
            return await run_check(platform, platform.checks[0], location="here", run_id="r")
        finally:
            others.cancel()

    assert asyncio.run(both()).message == ""
    assert turns >= 400  # one for every hundred chunks, at least


def test_one_byte_a_second_ends_at_the_deadline(servers: Servers, platform_at: PlatformAt) -> None:
    began = time.perf_counter()
    seen = look_once(platform_at(servers.serve(drip), {"timeout": "500ms"}))
    assert seen.cause == "timeout-read"
    assert 0.45 < seen.duration_s < 0.9
    assert time.perf_counter() - began < 1.5


def test_a_slow_target_does_not_delay_the_others(servers: Servers, platform_at: PlatformAt) -> None:
    slow, quick = servers.serve(silence), servers.answer()
    platform = platform_at(quick, *[{"path": f"{slow}/", "timeout": "1s"}] * 5, *[{}] * 20)
    ended: list[tuple[str, float]] = []
    began = time.perf_counter()
    look(platform, observed=lambda check, _: ended.append((check.target(""), time.perf_counter())))
    quick_ends = [at - began for path, at in ended if path == "/"]
    assert len(quick_ends) == 20
    assert max(quick_ends) < 0.8


def test_no_more_requests_are_in_flight_than_allowed(
    servers: Servers, platform_at: PlatformAt
) -> None:
    now, most = 0, 0

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        writer.write(b"HTTP/1.1 204 X\r\n\r\n")

    look(platform_at(servers.serve(handler), *[{}] * 12), max_concurrency=3)
    assert most == 3


def test_the_phases_add_up_to_the_duration(servers: Servers, platform_at: PlatformAt) -> None:
    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\na")
        await asyncio.sleep(0.1)
        writer.write(b"b")

    base_url = servers.serve(handler).replace("127.0.0.1", "localhost")
    seen = look_once(platform_at(base_url, {}))
    assert seen.outcome is Outcome.GOOD
    phases = seen.phases
    assert phases is not None
    assert phases.resolve_s is not None
    assert phases.connect_s is not None
    assert phases.tls_s is None
    assert phases.processing_s is not None
    assert phases.transfer_s is not None
    assert phases.processing_s == pytest.approx(0.1, abs=0.08)
    assert phases.transfer_s == pytest.approx(0.1, abs=0.08)
    spent = (phases.resolve_s, phases.connect_s, phases.processing_s, phases.transfer_s)
    assert sum(spent) == pytest.approx(seen.duration_s, abs=0.005)


def test_an_address_has_nothing_to_resolve(servers: Servers, platform_at: PlatformAt) -> None:
    phases = look_once(platform_at(servers.answer(), {})).phases
    assert phases is not None
    assert phases.resolve_s is None


def test_a_secret_that_is_expected_shows_in_no_message(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_SECRET", "s3cr3t-s3cr3t")
    expected = {
        "body_matches": ["^s3cr3t-s3cr3t$"],
        "headers": {"X-Own": "^s3cr3t-s3cr3t$"},
        "json": {"key": "s3cr3t-s3cr3t"},
    }
    seen = look_once(platform_at(servers.answer("{}"), {"expect": expected}))
    assert "s3cr3t" not in seen.message
    assert seen.message.count("***") == 3


def test_secrets_are_in_no_observation(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_TOKEN", "hunter2-hunter2")
    base_url = servers.answer("no: hunter2-hunter2\x1b[31m\n is wrong", status=401)
    seen = look_once(platform_at(base_url, {"path": "/?token=hunter2-hunter2"}))
    assert "hunter2" not in f"{seen.message}{dict(seen.attributes)}"
    assert "\x1b" not in seen.message
    assert seen.message == "status: wanted 200, got 401 | no: *** [31m is wrong"
