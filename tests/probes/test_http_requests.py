"""What is sent, with which defaults, and when."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import httpx
from hypothesis import example, given
from hypothesis import strategies as st

from seakeep.observation import Outcome
from seakeep.platform import Platform
from seakeep.probes.outgoing import from_httpx, outgoing

if TYPE_CHECKING:
    from tests.probes.conftest import Servers

from tests.probes.exchanges import look, look_all

PlatformAt = Callable[..., Platform]


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


URLS = st.from_regex(r"https?://[A-Za-z0-9.-]{1,12}(:[0-9]{1,5})?(/[ -~]{0,12})?", fullmatch=True)


@given(url=URLS, content=st.none() | st.binary(max_size=3))
@example(url="http://a:80/", content=None)
@example(url="https://a:0443/", content=None)
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
