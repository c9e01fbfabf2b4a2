"""Redirects: how far they are followed, with what, and where to they are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from seakeep.observation import Outcome
from seakeep.platform import Platform

if TYPE_CHECKING:
    from tests.probes.conftest import Servers

from tests.probes.exchanges import look, look_all, paths, server_tls, to

PlatformAt = Callable[..., Platform]


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
