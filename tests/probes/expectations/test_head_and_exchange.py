"""Status, headers, and what an exchange was like beside its content."""

from __future__ import annotations

from typing import Any

import pytest

from seakeep.probes.answer import Answer
from tests.probes.expectations.answers import answer, message, verdict


@pytest.mark.parametrize("status", [200, 204, 299, 301])
def test_a_status_may_be_any_of_a_list_of_codes_and_ranges(status: int) -> None:
    assert message({"status": ["2xx", 301]}, answer(status=status)) == ""


@pytest.mark.parametrize(
    ("expected", "given", "said"),
    [
        (
            {"status": ["2xx", 301]},
            answer(status=302, headers={"location": "/login"}),
            "status: wanted 200-299 or 301, got 302 to /login",
        ),
        (
            {"headers": {"X-Frame": "^DENY$"}},
            answer(headers={"x-frame": "SAME"}),
            "header X-Frame: wanted /^DENY$/, got SAME",
        ),
        (
            {"headers": {"X-Frame": "."}},
            answer(headers={"x-frame": ""}),
            "header X-Frame: wanted /./, got an empty one",
        ),
        (
            {"headers_exclude": {"Server": r"nginx/\d"}},
            answer(headers={"server": "nginx/1.2"}),
            r"header Server: wanted nothing like /nginx/\d/, got nginx/1.2",
        ),
        (
            {"headers": {"Set-Cookie": "Secure"}},
            answer(headers={"set-cookie": "s=of-the-app; Expires=Wed, 21 Oct, t=u; Path=/"}),
            "header Set-Cookie: wanted /Secure/, got s=***; Expires=Wed, 21 Oct, t=***; Path=/",
        ),
        (
            {"final_url": "home$"},
            answer(url="https://user:pass@example.org/login"),
            "final URL: wanted /home$/, got https://***@example.org/login",
        ),
        (
            {"http_version": [1.1, 2]},
            answer(http_version="1.0"),
            "HTTP version: wanted 1.1 or 2, got 1.0",
        ),
    ],
)
def test_what_does_not_hold_says_wanted_and_got(
    expected: dict[str, Any], given: Answer, said: str
) -> None:
    assert message(expected, given) == said


def test_a_header_that_is_missing_excludes_nothing() -> None:
    assert message({"headers_exclude": {"Server": "."}}, answer()) == ""


@pytest.mark.parametrize(
    ("expected", "parts", "cause"),
    [
        ({"final_url": "x"}, {"url": "y"}, "redirect"),
        ({"http_version": 2}, {}, "http-version"),
        ({"max_duration": "50ms"}, {}, "slow"),
    ],
)
def test_what_the_body_has_no_part_in_shows_nothing_of_it(
    expected: dict[str, Any], parts: dict[str, Any], cause: str
) -> None:
    found = verdict(expected, answer("the body", **parts))
    assert found is not None
    assert found[0] == cause
    assert "the body" not in found[1]
