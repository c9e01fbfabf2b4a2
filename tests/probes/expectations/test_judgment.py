"""What is expected of an answer, and what is said when it does not hold."""

from __future__ import annotations

import asyncio
import json
import time
from encodings.aliases import aliases
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.checks import Expectation
from seakeep.probes.answer import Answer
from seakeep.probes.certificate import TlsFacts
from seakeep.probes.expectations import judge, judge_aside
from tests.probes.expectations.answers import NOON, answer, verdict


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


EVERYTHING = {
    "status": ["2xx"],
    "headers": {"a": r"^\w+$"},
    "headers_exclude": {"b": "x+"},
    "body_matches": ["a", r"(\w\s?)+$"],
    "body_excludes": ["{e}", r"\d{3}"],
    "json": {
        "a": {
            "equals": 1, "not_equals": [1], "less_than": 1, "at_most": 1, "greater_than": 1,
            "at_least": 1.5, "matches": "a", "excludes": "a", "contains": "a", "one_of": [{}],
            "length": 1, "exists": True, "type": "null",
        },
        "length(@)": 1,
        "a[0].b || max(@)": None,
        "sort_by(@, &a)[*].ceil(a)": [1],
    },
    "json_schema": {
        "type": "object",
        "uniqueItems": True,
        "items": {"$ref": "#"},
        "additionalProperties": {"pattern": "^a"},
    },
    "final_url": "^http",
    "http_version": "1.1",
    "tls": {"min_version": "1.2", "min_days_left": 1, "name": "example.org", "issuer": "x"},
    "max_duration": "1s",
}  # fmt: skip
JSON_BODIES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("ab") | st.text(), inner),
    max_leaves=10,
).map(lambda value: json.dumps(value).encode())
FACTS = st.none() | st.builds(
    TlsFacts,
    version=st.text(max_size=8),
    names=st.lists(st.text(max_size=8), max_size=2).map(tuple),
    issuer=st.text(max_size=8),
)


ANSWERS = st.builds(
    answer,
    st.binary() | JSON_BODIES,
    encoding=st.text(max_size=12) | st.sampled_from(sorted(set(aliases.values()))),
    status=st.integers(),
    headers=st.dictionaries(st.sampled_from(["a", "b", "content-type", "location"]), st.text()),
    url=st.text(),
    http_version=st.text(max_size=5),
    tls=FACTS,
)


@settings(deadline=None)
@given(ANSWERS)
def test_no_answer_whatever_makes_the_judgment_raise(given_answer: Answer) -> None:
    found = judge(Expectation.model_validate(EVERYTHING), given_answer).failure
    assert found is not None
    assert found.message


def test_an_account_of_health_leaves_what_it_says_in_the_attributes() -> None:
    body = (
        '{"status": "healthy", "services": [{"service": "store", "status": "healthy"}],'
        f' "timestamp": "{NOON.isoformat()}"}}'
    )
    expected = Expectation.model_validate({"health": "services-list"})
    seen = judge(expected, answer(body, headers={"cache-control": "no-store"}))
    assert seen.failure is None
    assert seen.attributes["health"] == "healthy"


def test_a_body_that_is_no_account_of_health_is_told_so() -> None:
    found = verdict({"health": "services-list"}, answer("<html>"))
    assert found is not None
    assert "JSON" in found[1]


def test_a_small_answer_that_takes_long_is_judged_beside_the_loop(impatient: None) -> None:
    expected = Expectation.model_validate({"body_matches": [r"(\w+\s?)+$"]})
    began = time.process_time()
    seen = asyncio.run(judge_aside(expected, answer("a a" * 10_000 + "!")))
    assert time.process_time() - began < 2
    assert seen.failure is not None
    assert "more than 50 ms" in seen.failure.message


def test_aside_and_at_once_come_to_the_same() -> None:
    for expected, given_answer in (
        ({"status": 200}, answer(status=500)),
        ({"json": {"a": 1}}, answer('{"a": "%s"}' % ("x" * 100_000))),
    ):
        expectation = Expectation.model_validate(expected)
        aside = asyncio.run(judge_aside(expectation, given_answer))
        assert aside == judge(expectation, given_answer)


def test_of_another_page_than_expected_only_the_first_failures_are_told() -> None:
    wanted = {f"ends_with(field{number}, 'x')": True for number in range(5)}
    seen = judge(
        Expectation.model_validate({"status": 200, "json": wanted}), answer("{}", status=503)
    )
    assert seen.failure is not None
    assert seen.failure.message == (
        "status: wanted 200, got 503; "
        "json ends_with(field0, 'x'): wanted true, got null where ends_with takes string; "
        "json ends_with(field1, 'x'): wanted true, got null where ends_with takes string; "
        "and 3 more that do not hold | {}"
    )
