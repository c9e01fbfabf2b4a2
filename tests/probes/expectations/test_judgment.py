"""What is expected of an answer, and what is said when it does not hold."""

from __future__ import annotations

import time
from typing import Any

import pytest

from seakeep.probes.answer import Answer
from tests.probes.expectations.answers import answer, verdict


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        ({"status": [200, 204]}, answer()),
        ({"headers": {"Cache-Control": "no-store"}}, answer(headers={"cache-control": "no-store"})),
        ({"body_matches": ["o+k"], "body_excludes": ["error"]}, answer("look")),
        ({"json": {"a.b": 1, "c[0]": None}}, answer('{"a": {"b": 1}, "c": [null]}')),
        ({"max_duration": "1s"}, answer()),
    ],
)
def test_what_holds_is_good(expected: dict[str, Any], given: Answer) -> None:
    assert verdict(expected, given) is None


@pytest.mark.parametrize(
    ("expected", "given", "cause", "message"),
    [
        ({"status": 200}, answer(status=503), "status", "status: wanted 200, got 503"),
        (
            {"status": [200, 204]},
            answer(status=404),
            "status",
            "status: wanted 200 or 204, got 404",
        ),
        ({"headers": {"ETag": "."}}, answer(), "header", "header ETag: wanted /./, got none"),
        ({"body_matches": ["x"]}, answer("y"), "body", "body: wanted /x/, got no match | y"),
        (
            {"body_excludes": ["y+"]},
            answer("yy"),
            "body",
            "body: wanted nothing like /y+/, got yy | yy",
        ),
        ({"json": {"a": 1}}, answer('{"a":2}'), "json", 'json a: wanted 1, got 2 | {"a":2}'),
        (
            {"json": {"a": 1}},
            answer('{"a":true}'),
            "json",
            'json a: wanted 1, got true | {"a":true}',
        ),
        (
            {"max_duration": "1s"},
            answer("text", duration_s=1.5),
            "slow",
            "duration: wanted at most 1s, got 1.5s",
        ),
    ],
)
def test_what_does_not_hold_says_wanted_and_got(
    expected: dict[str, Any], given: Answer, cause: str, message: str
) -> None:
    assert verdict(expected, given) == (cause, message)


def test_a_body_that_is_not_json_is_said_to_be_none() -> None:
    found = verdict({"json": {"a": 1}}, answer("<html>"))
    assert found is not None
    assert found[0] == "json"
    assert "wanted JSON" in found[1]


def test_deeply_nested_json_is_a_failure_and_no_crash() -> None:
    found = verdict({"json": {"a": 1}}, answer("[" * 100_000))
    assert found is not None
    assert found[0] == "json"


def test_a_function_of_nothing_is_a_failure_and_no_crash() -> None:
    found = verdict({"json": {"length(a)": 1}}, answer("{}"))
    assert found is not None
    assert found[0] == "json"


def test_all_that_fails_is_told_and_the_first_is_the_cause() -> None:
    body = '{"status": "unhealthy", "services": [{"service": "store", "status": "unhealthy"}]}'
    found = verdict({"status": 200, "json": {"status": "healthy"}}, answer(body, status=503))
    assert found == (
        "status",
        'status: wanted 200, got 503; json status: wanted "healthy", got "unhealthy" | ' + body,
    )


def test_an_excerpt_of_a_page_is_its_text() -> None:
    page = "<html><style>a{}</style><script>var x</script><h1>Bad\n gateway</h1></html>"
    given = answer(page, status=502, headers={"content-type": "text/html"})
    assert verdict({"status": 200}, given) == (
        "status",
        "status: wanted 200, got 502 | Bad gateway",
    )


def test_a_script_that_compares_does_not_hide_the_text_after_it() -> None:
    page = "<script>if (a<b && c</d/.x) {}</script>Bad<style>p>a{}</style> <b class=x>gate<b"
    given = answer(page, status=502, headers={"content-type": "text/html"})
    assert verdict({"status": 200}, given) == ("status", "status: wanted 200, got 502 | Bad gate")


def test_hostile_markup_takes_no_time_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_TOKEN", "hunter2-hunter2")
    for piece in ("<", "<script", "</script ", "<style>a", "\x01 ", "://", "a://b@"):
        body = piece * (1024 * 1024 // len(piece))
        began = time.process_time()
        verdict({"status": 200}, answer(body, status=500, headers={"content-type": "text/html"}))
        assert time.process_time() - began < 0.5, piece
