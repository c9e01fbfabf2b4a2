"""What a check can ask for beside a plain request: redirects, who asks, the way, the version."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import json
import socket
import ssl
import threading
import time
import warnings
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h2.config
import h2.connection
import h2.events
import httpx
import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.probes import tokens, transport
from seakeep.probes.connect import of_family
from seakeep.probes.engine import run_checks
from seakeep.probes.outgoing import from_httpx, outgoing

if TYPE_CHECKING:
    from tests.probes.conftest import Handler, Servers

PlatformAt = Callable[..., Platform]
AUTHORITY = trustme.CA()
BASE64 = base64.b64encode(b"reader:pass:word").decode()


def look(platform: Platform) -> Observation:
    return look_all(platform)[0]


def look_all(platform: Platform) -> tuple[Observation, ...]:
    return asyncio.run(run_checks(platform, platform.checks, location="here", run_id="r1"))


@pytest.fixture
def ca(tmp_path: Path) -> str:
    file = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    return str(file)


def server_tls(*names: str, alpn: tuple[str, ...] = ()) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert(*(names or ("127.0.0.1", "localhost"))).configure_cert(context)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context


async def send(writer: StreamWriter, status: int, body: str = "", headers: str = "") -> None:
    head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    writer.write(f"{head}{body}".encode())
    await writer.drain()


def paths(servers: Servers, answers: dict[str, tuple[int, str, str]]) -> Handler:
    """Answers by path: status, body, headers."""

    async def handler(_: StreamReader, writer: StreamWriter) -> None:
        await send(writer, *answers[servers.requests[-1].split(" ")[1]])

    return handler


def to(where: str) -> tuple[int, str, str]:
    return 302, "", f"Location: {where}\r\n"


# --- redirects


def test_redirects_are_followed_as_far_as_the_check_says(
    servers: Servers, platform_at: PlatformAt
) -> None:
    answers = {"/": to("/a"), "/a": to("b?c=d"), "/b?c=d": (200, "here", "")}
    base_url = servers.serve(paths(servers, answers))
    expect = {"status": 200, "final_url": r"/b\?c=d$", "body_matches": ["^here$"]}
    followed, stopped = look_all(
        platform_at(base_url, {"redirects": 2, "expect": expect}, {"redirects": 1})
    )
    assert followed.message == ""
    assert followed.attributes["redirects"] == 2
    assert followed.attributes["final_url"] == f"{base_url}/b?c=d"
    assert (stopped.outcome, stopped.cause) == (Outcome.BAD, "redirect-loop")
    assert stopped.message == (f"redirect: wanted at most 1, got one more to {base_url}/b?c=d")


def test_a_circle_is_seen_before_the_count_runs_out(
    servers: Servers, platform_at: PlatformAt
) -> None:
    base_url = servers.serve(paths(servers, {"/": to("/a"), "/a": to("/")}))
    seen = look(platform_at(base_url, {"redirects": 20}))
    assert (seen.cause, len(servers.requests)) == ("redirect-loop", 2)


def test_cookies_of_the_way_are_kept_and_secrets_stay_with_their_host(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_TOKEN", "token-of-the-app")
    other = servers.answer("welcome").replace("127.0.0.1", "localhost")
    answers = {"/": (302, "", "Location: /in\r\nSet-Cookie: s=1\r\n"), "/in": to(f"{other}/x")}
    check = {
        "redirects": 5,
        "headers": {"X-Key": "key-of-the-app"},
        "auth": {"bearer": {"token_env": "APP_TOKEN"}},
    }
    assert look(platform_at(servers.serve(paths(servers, answers)), check)).message == ""
    first, second, third = servers.requests
    assert "Authorization: Bearer token-of-the-app" in first
    assert "cookie: s=1" in second.lower()
    assert "X-Key: key-of-the-app" in second
    assert third.startswith("GET /x ")
    for word in ("token-of-the-app", "key-of-the-app", "s=1"):
        assert word not in third


@pytest.mark.parametrize(
    ("where", "cause"),
    [
        ("file:///etc/passwd", "redirect"),
        ("javascript:alert(1)", "redirect"),
        ("http://169.254.1.2:1/", "redirect"),
        ("http://[::ffff:169.254.1.2]:1/", "redirect"),
        ("http://[nonsense", "redirect"),
    ],
)
def test_a_redirect_that_must_not_be_followed_is_its_own_cause(
    servers: Servers, platform_at: PlatformAt, where: str, cause: str
) -> None:
    seen = look(platform_at(servers.serve(paths(servers, {"/": to(where)})), {"redirects": 5}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, cause), seen.message


def test_what_goes_wrong_on_the_way_is_no_bad_redirect(
    servers: Servers, platform_at: PlatformAt
) -> None:
    base_url = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    seen = look(platform_at(base_url, {"redirects": 5}))  # its authority is nobody's
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "tls-untrusted"), seen.message


def test_a_body_is_sent_on_to_no_other_origin(servers: Servers, platform_at: PlatformAt) -> None:
    other = servers.answer()
    there = (307, "", f"Location: {other}/x\r\n")
    here = (307, "", "Location: /here\r\n")
    answers = {"/": there, "/a": here, "/here": (200, "", "")}
    base_url = servers.serve(paths(servers, answers))
    check = {"redirects": 5, "body": "word=of-the-app"}
    away, stayed = look_all(platform_at(base_url, check, {**check, "path": "/a"}))
    assert (away.outcome, away.cause) == (Outcome.BAD, "redirect")
    assert f"wanted the request's body to stay where it is, got {other}/x" in away.message
    assert stayed.message == ""
    assert not any(request.startswith("POST /x") for request in servers.requests)


def test_the_check_s_own_cookies_go_along_within_its_origin(
    servers: Servers, platform_at: PlatformAt
) -> None:
    other = servers.answer().replace("127.0.0.1", "localhost")
    first = (302, "", "Location: /in\r\nSet-Cookie: s=1\r\n")
    base_url = servers.serve(paths(servers, {"/": first, "/in": to(f"{other}/x")}))
    look(platform_at(base_url, {"redirects": 5, "headers": {"Cookie": "own=2"}}))
    assert "cookie: own=2; s=1\r\n" in servers.requests[1].lower()
    assert "cookie" not in servers.requests[2].lower()


# --- who asks


def test_a_password_comes_from_the_environment(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_WORD", "pass:word")
    check = {"auth": {"basic": {"user": "reader", "password_env": "APP_WORD"}}}
    assert look(platform_at(servers.answer(), check)).outcome is Outcome.GOOD
    assert f"Authorization: Basic {BASE64}\r\n" in servers.requests[0]


@pytest.mark.parametrize("way", ["basic", "url"])
def test_a_password_that_the_platform_sends_back_is_masked(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setenv("APP_WORD", "pass:word")
    base_url = servers.answer(f"who is {BASE64}?", status=500)
    check = {"auth": {"basic": {"user": "reader", "password_env": "APP_WORD"}}}
    if way == "url":
        base_url, check = base_url.replace("://", "://reader:pass%3Aword@"), {}
    assert look(platform_at(base_url, check)).message.endswith("| who is ***?")


@pytest.mark.parametrize("way", ["bearer", "oauth2"])
def test_a_secret_that_is_not_set_is_our_own_fault_and_nothing_is_sent(
    servers: Servers, platform_at: PlatformAt, way: str
) -> None:
    base_url = servers.answer()
    name = "NOT_SET_ANYWHERE"
    check = {"auth": {"bearer": {"token_env": name}}}
    if way == "oauth2":
        check = oauth2(base_url, client_secret_env=name)
    seen = look(platform_at(base_url, check))
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer")
    assert f"wanted the environment variable {name}" in seen.message
    assert servers.requests == []


def oauth2(base_url: str, **parts: object) -> dict[str, Any]:
    client = {"client_id": "probe", "client_secret_env": "APP_WORD", **parts}
    return {"auth": {"oauth2": {"token_url": f"{base_url}/token", **client}}}


def test_a_token_is_fetched_once_for_all_checks_and_is_not_in_their_time(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_WORD", "pass:word")

    async def issue(_: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(0.3)
        await send(writer, 200, json.dumps({"access_token": "a-fresh-token", "expires_in": 3600}))

    own = oauth2(servers.serve(issue), scope="read")
    seen = look_all(platform_at(servers.answer('{"token": "a-fresh-token"}'), *[own] * 5))
    assert {one.outcome for one in seen} == {Outcome.GOOD}
    assert max(one.duration_s for one in seen) < 0.25
    asked = [request for request in servers.requests if request.startswith("POST /token")]
    assert len(asked) == 1
    assert "Authorization: Basic cHJvYmU6cGFzcyUzQXdvcmQ=" in asked[0]
    assert sum("Bearer a-fresh-token" in request for request in servers.requests) == 5


@pytest.mark.parametrize(
    ("status", "body", "got"),
    [
        (401, '{"error": "invalid_client"}', 'got 401 | {"error": "invalid_client"}'),
        (200, "[]", "got 200 and no answer of RFC 6749 with one"),
        (200, "{" * 9000, "got 200 and no answer"),
        (200, '{"access_token": ""}', "got 200 and no answer"),
        (200, '{"access_token": "a\\r\\nb: c"}', "got 200 and no answer"),
        (200, "access_token=as-a-form-has-it", "got 200 and no answer"),
        (201, '{"access_token": "as-a-form-has-it"}', "got 201 and no answer"),
        (200, '{"access_token": "as-a-form-has-it", "expires_in": "soon"}', "got 200 and no"),
    ],
)
def test_no_token_is_the_cause_token(
    servers: Servers,
    platform_at: PlatformAt,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: str,
    got: str,
) -> None:
    monkeypatch.setenv("APP_WORD", "pass:word")
    check = oauth2(servers.answer(body, status=status), in_body=True)
    seen = look(platform_at(servers.answer(), check))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "token")
    assert got in seen.message
    assert "as-a-form-has-it" not in seen.message


def test_a_silent_authorization_server_is_waited_for_once_and_is_the_cause_token(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_WORD", "pass:word")
    monkeypatch.setattr(tokens, "FETCH_TIMEOUT_S", 0.5)

    async def hang(reader: StreamReader, _: StreamWriter) -> None:
        await reader.read()

    own = {"timeout": "100ms", **oauth2(servers.serve(hang))}
    began = time.perf_counter()
    seen = look_all(platform_at(servers.answer(), *[own] * 8))
    assert time.perf_counter() - began < 2  # one after another would take 4 s
    assert {(one.outcome, one.cause) for one in seen} == {(Outcome.BAD, "token")}
    assert "within 0.5s, got none" in seen[0].message
    assert max(one.duration_s for one in seen) < 0.1
    assert len(servers.requests) == 1


def test_a_client_certificate_is_shown_when_the_server_wants_one(
    servers: Servers, platform_at: PlatformAt, tmp_path: Path, ca: str
) -> None:
    own = AUTHORITY.issue_cert("probe@example.org")
    own.private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "own.pem"))
    tls = server_tls()
    AUTHORITY.configure_trust(tls)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # in 1.3 asyncio's server closes without a word
    base_url = servers.serve(paths(servers, {"/": (200, "", "")}), tls=tls)
    shown, hidden = look_all(
        platform_at(
            base_url,
            {"tls": {"ca": ca, "certificate": str(tmp_path / "own.pem")}},
            {"tls": {"ca": ca}},
        )
    )
    assert shown.message == ""
    assert (hidden.outcome, hidden.cause) == (Outcome.BAD, "tls-handshake"), hidden.message


def test_a_key_that_does_not_fit_is_our_own_fault(platform_at: PlatformAt, ca: str) -> None:
    seen = look(platform_at("https://127.0.0.1:9", {"tls": {"certificate": ca}}))
    assert (seen.outcome, seen.cause) == (Outcome.INVALID, "observer")
    assert "wanted certificates and a key that can be used" in seen.message


# --- TLS, as it should be


def test_a_good_certificate_tells_its_version_and_the_days_it_has_left(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    base_url = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    seen = look(platform_at(base_url, {"tls": {"ca": ca}}))
    assert seen.message == ""
    assert seen.attributes["tls_version"] == "TLSv1.3"
    assert float(seen.attributes["tls_days_left"]) > 300
    assert seen.phases is not None
    assert seen.phases.tls_s is not None


def test_another_name_can_be_asked_for_and_is_verified(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    tls = server_tls("shop.example.org")
    base_url = servers.serve(paths(servers, {"/": (200, "", "")}), tls=tls)
    named, unnamed, unverified = look_all(
        platform_at(
            base_url,
            {"tls": {"ca": ca, "server_name": "shop.example.org"}},
            {"tls": {"ca": ca}},
            {"tls": {"verify": False}},
        )
    )
    assert named.message == unverified.message == ""
    assert unnamed.cause == "tls-hostname"
    assert float(unverified.attributes["tls_days_left"]) > 300


# --- the way


def test_only_the_wanted_family_is_tried(servers: Servers, platform_at: PlatformAt) -> None:
    six = servers.serve(paths(servers, {"/": (200, "", "")}), host="::1")
    as_literal, as_four = look_all(platform_at(six, {"ip": 6}, {"ip": 4}))
    assert as_literal.attributes["ip_protocol"] == 6
    assert (as_four.cause, as_four.outcome) == ("dns", Outcome.BAD)
    assert as_four.message == "resolve: wanted an IPv4 address for ::1, got ::1"


def test_a_family_that_is_preferred_only_comes_first() -> None:
    found = ("192.0.2.1", "2001:db8::1", "192.0.2.2")
    assert of_family("prefer-6", "x", found) == ["2001:db8::1", "192.0.2.1", "192.0.2.2"]
    assert of_family("prefer-4", "x", found) == ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
    assert of_family("4", "x", found) == ["192.0.2.1", "192.0.2.2"]
    assert of_family("any", "x", found) == found


async def pipe(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while content := await reader.read(65536):
            writer.write(content)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


def forwarding(servers: Servers) -> Handler:
    """A proxy that lets a user called ``me`` through."""

    async def handler(reader: StreamReader, writer: StreamWriter) -> None:
        method, target, *_ = (head := servers.requests[-1]).split(" ")
        if "Basic bWU6cGFzcw==" not in head:
            await send(writer, 407)
            return
        where = target if method == "CONNECT" else target.split("/")[2]
        host, port = where.rsplit(":", 1)
        back, forth = await asyncio.open_connection(host, int(port))
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            forth.write(head.encode())
        await asyncio.gather(pipe(back, writer), pipe(reader, forth))

    return handler


def test_a_proxy_is_gone_through_with_and_without_tls(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    proxy = servers.serve(forwarding(servers)).replace("://", "://me:pass@")
    plain = servers.answer("plain")
    secure = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    seen = look_all(
        platform_at(
            plain,
            {"proxy": proxy},
            {"path": f"{secure}/", "proxy": proxy, "tls": {"ca": ca}},
        )
    )
    assert [one.message for one in seen] == ["", ""]
    assert any(request.startswith(f"GET {plain}/ HTTP") for request in servers.requests)
    assert any(request.startswith("CONNECT 127.0.0.1:") for request in servers.requests)


def test_a_proxy_that_refuses_or_is_not_there_is_the_cause_proxy(
    servers: Servers, platform_at: PlatformAt
) -> None:
    proxy = servers.serve(forwarding(servers))
    refused, absent = look_all(
        platform_at(
            "https://127.0.0.1:9",
            {"proxy": proxy},
            {"proxy": "http://127.0.0.1:9"},
        )
    )
    assert (refused.outcome, refused.cause) == (Outcome.BAD, "proxy")
    assert refused.message == "proxy: wanted a tunnel to 127.0.0.1:9, got 407"
    assert (absent.cause, absent.outcome) == ("proxy", Outcome.BAD)


# --- the version


@pytest.mark.parametrize(
    ("said", "got"),
    [
        (b"", "got a closed connection"),
        (b"hello\r\n\r\n", "got illegal status line"),
        (b"HTTP/1.1 103 X\r\n\r\nHTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n", "got 407"),
        (b"HTTP/1.1 103 X\r\n\r\n" * 2000, "got others without end"),
    ],
)
def test_a_proxy_that_makes_no_tunnel_is_the_cause_proxy(
    servers: Servers, platform_at: PlatformAt, said: bytes, got: str
) -> None:
    async def say(_: StreamReader, writer: StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    seen = look(platform_at("https://127.0.0.1:1", {"proxy": servers.serve(say)}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "proxy"), seen.message
    assert "proxy: wanted a tunnel to 127.0.0.1:1" in seen.message
    assert got in seen.message


def test_what_this_machine_lacks_is_not_the_proxy_s_fault(
    platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_descriptor_left(*_: object) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(transport, "connect_to", no_descriptor_left)
    seen = look(platform_at("http://127.0.0.1:1", {"proxy": "http://127.0.0.1:1"}))
    assert seen.outcome is Outcome.INVALID
    assert seen.cause.startswith("observer"), seen.message


async def speak_http2(reader: StreamReader, writer: StreamWriter) -> None:
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    while content := await reader.read(65536):
        for event in connection.receive_data(content):
            if isinstance(event, h2.events.RequestReceived):
                headers = [(":status", "200"), ("content-length", "5")]
                connection.send_headers(event.stream_id, headers)
                connection.send_data(event.stream_id, b"hello", end_stream=True)
        writer.write(connection.data_to_send())
        await writer.drain()


def test_http2_is_spoken_where_it_is_wanted(
    servers: Servers, platform_at: PlatformAt, ca: str
) -> None:
    two = servers.serve(speak_http2, tls=server_tls(alpn=("h2",)), reads_head=False)
    one = servers.serve(paths(servers, {"/": (200, "", "")}), tls=server_tls())
    expect = {"http_version": 2, "body_matches": ["hello"]}
    tls = {"tls": {"ca": ca}}
    wanted, any_version, not_there, old = look_all(
        platform_at(
            two,
            {**tls, "http_version": 2, "expect": expect},
            {**tls, "http_version": "any", "expect": expect},
            {**tls, "http_version": 2, "path": f"{one}/"},
            {**tls, "http_version": "any", "path": f"{one}/", "expect": {"http_version": 1.1}},
        )
    )
    assert [wanted.message, any_version.message, old.message] == ["", "", ""]
    assert (not_there.outcome, not_there.cause) == (Outcome.BAD, "http-version")


# --- what is sent, and for how long


def test_a_body_is_posted_with_its_type(servers: Servers, platform_at: PlatformAt) -> None:
    base_url = servers.answer()
    checks = [
        {"body": {"json": {"a": [1, None]}}},
        {"body": {"form": {"q": "a&b"}}, "method": "PUT"},
        {"body": "plain", "headers": {"content-type": "text/csv"}},
    ]
    look_all(platform_at(base_url, *checks, limits={"max_concurrent_checks": 1}))
    as_json, as_form, as_text = servers.requests
    assert as_json.startswith("POST / HTTP/1.1\r\n")
    assert "Content-Type: application/json\r\nContent-Length: 16\r\n" in as_json
    assert as_form.startswith("PUT /")
    assert "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 7\r\n" in as_form
    assert as_text.lower().count("content-type") == 1


def test_each_check_has_its_own_limit_of_the_body(
    servers: Servers, platform_at: PlatformAt
) -> None:
    base_url = servers.answer("x" * 5000)
    small, large = look_all(platform_at(base_url, {"body_limit": "4KiB"}, {}))
    assert (small.cause, large.outcome) == ("too-large", Outcome.GOOD)


def test_a_suite_s_defaults_complete_its_checks(servers: Servers, platform_at: PlatformAt) -> None:
    defaults = {
        "*": {"headers": {"X-A": "all", "X-B": "all"}, "expect": {"status": 204}},
        "api": {"headers": {"x-a": "api"}, "timeout": "2s", "expect": {"body_matches": ["yes"]}},
    }
    own = {"suite": "api", "headers": {"X-C": "own"}, "expect": {"status": "2xx"}}
    platform = platform_at(servers.answer("yes"), own, defaults=defaults)
    assert look(platform).message == ""
    (request,) = servers.requests
    assert [name in request for name in ("x-a: api", "X-B: all", "X-C: own", "X-A")] == [
        *(True, True, True, False)
    ]
    assert platform.checks[0].timeout_s == 2


def test_starts_are_spread_when_the_platform_says_so(
    servers: Servers, platform_at: PlatformAt
) -> None:
    platform = platform_at(servers.answer(), *[{}] * 40, limits={"spread": "400ms"})
    seen = look_all(platform)
    starts = sorted(one.at.timestamp() for one in seen)
    assert starts[-1] - starts[0] > 0.2
    assert [one.name for one in seen] == [f"check-{number}" for number in range(40)]


def test_targets_that_hang_use_up_no_turns(servers: Servers, platform_at: PlatformAt) -> None:
    async def hang(_: StreamReader, writer: StreamWriter) -> None:
        await asyncio.sleep(60)

    hanging = {"path": f"{servers.serve(hang)}/", "timeout": "1500ms"}
    platform = platform_at(
        servers.answer(), *[hanging] * 40, {}, limits={"max_concurrent_checks": 4}
    )
    seen = look_all(platform)
    last = seen[-1]
    began = min(one.at for one in seen)
    assert last.outcome is Outcome.GOOD
    assert (last.at - began).total_seconds() < 1.2  # ten rounds of patience, not ten deadlines


def test_a_name_that_leads_inside_is_refused_where_a_redirect_leads_to_it(
    servers: Servers, platform_at: PlatformAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def resolve(host: str, port: int) -> tuple[str, ...]:
        return ("169.254.1.2",) if host == "inner.example" else ("127.0.0.1",)

    monkeypatch.setattr("seakeep.probes.connect.resolve", resolve)
    answers = {"/": to("http://inner.example:1/")}
    base_url = servers.serve(paths(servers, answers)).replace("127.0.0.1", "outer.example")
    seen = look(platform_at(base_url, {"redirects": 5}))
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "redirect")
    assert seen.message == "redirect: wanted a host of the network, got 169.254.1.2"


def test_a_server_that_speaks_only_old_tls_has_a_cause_of_its_own(platform_at: PlatformAt) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    AUTHORITY.issue_cert("127.0.0.1").configure_cert(old)
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1

    def refuse_one(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(ssl.SSLError):
            old.wrap_socket(connection, server_side=True)  # says why, unlike asyncio's server

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=refuse_one, args=(listener,))
        server.start()
        seen = look(platform_at(f"https://127.0.0.1:{listener.getsockname()[1]}"))
        server.join()
    assert (seen.outcome, seen.cause) == (Outcome.BAD, "tls-version"), seen.message


def test_user_information_of_a_url_is_who_asks(servers: Servers, platform_at: PlatformAt) -> None:
    with_user = servers.answer().replace("://", "://reader:pass%3Aword@")
    assert look(platform_at(with_user)).outcome is Outcome.GOOD
    assert f"Authorization: Basic {BASE64}\r\n" in servers.requests[0]


URLS = st.from_regex(r"https?://[A-Za-z0-9.-]{1,12}(:[0-9]{1,5})?(/[ -~]{0,12})?", fullmatch=True)


@given(url=URLS, content=st.none() | st.binary(max_size=3))
def test_a_url_is_understood_as_httpx_understands_it(url: str, content: bytes | None) -> None:
    try:
        expected = from_httpx(httpx.Request("PUT", url, content=content))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
        return
    found = outgoing("PUT", url, [], content)
    assert (found.host, found.port, found.target) == (
        *(expected.host, expected.port, expected.target),
    )
    assert found.content == expected.content
    assert lower(found.headers) == lower(expected.headers)


def lower(headers: Sequence[tuple[bytes, bytes]]) -> set[tuple[bytes, bytes]]:
    return {(name.lower(), value) for name, value in headers}
