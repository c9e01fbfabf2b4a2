"""Who asks: passwords, tokens and client certificates, from the environment."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from seakeep.observation import Outcome
from seakeep.platform import Platform
from seakeep.probes import tokens

if TYPE_CHECKING:
    from tests.probes.conftest import Servers

from tests.probes.exchanges import AUTHORITY, look, look_all, paths, send, server_tls

PlatformAt = Callable[..., Platform]
BASE64 = base64.b64encode(b"reader:pass:word").decode()


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
    assert seen.message == "tls: wanted a PEM key in ca.pem, got none"


def test_user_information_of_a_url_is_who_asks(servers: Servers, platform_at: PlatformAt) -> None:
    with_user = servers.answer().replace("://", "://reader:pass%3Aword@")
    assert look(platform_at(with_user)).outcome is Outcome.GOOD
    assert f"Authorization: Basic {BASE64}\r\n" in servers.requests[0]
