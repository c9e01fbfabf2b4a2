"""Values in JSON answers: paths, operators, and documents that are none."""

from __future__ import annotations

import json
import operator
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.probes.expectations.json_values import is_same, type_names
from tests.probes.expectations.answers import answer, message

DOCUMENT = answer(
    '{"status": "ok", "count": 3, "ratio": 1.0, "up": true, "none": null, "list": [1, true, "a"],'
    ' "map": {"key": null}, "empty": ""}'
)


@pytest.mark.parametrize(
    ("path", "condition"),
    [
        ("status", "ok"),
        ("status", {"equals": "ok"}),
        ("status", {"not_equals": "down"}),
        ("count", {"less_than": 4, "greater_than": 2}),
        ("count", {"at_most": 3, "at_least": 3}),
        ("status", {"matches": "^o+k$", "excludes": "error"}),
        ("status", {"contains": "o"}),
        ("list", {"contains": True}),
        ("map", {"contains": "key"}),
        ("status", {"one_of": ["ok", "degraded"]}),
        ("status", {"length": 2}),
        ("list", {"length": 3}),
        ("map", {"length": 1}),
        ("empty", {"length": 0}),
        ("none", {"exists": True}),
        ("map.key", {"exists": True, "type": "null", "equals": None}),
        ("list[3]", {"exists": False}),
        ("missing.deeper", {"exists": False}),
        ("ratio", {"type": "integer", "equals": 1}),
        ("up", {"type": "boolean"}),
        ("length(list)", 3),
        ("list[?@ == 'a'] | [0]", "a"),
        ("missing || status", "ok"),
        ("map", {"equals": {"key": None}}),
    ],
)
def test_conditions_that_hold(path: str, condition: object) -> None:
    assert message({"json": {path: condition}}, DOCUMENT) == ""


@pytest.mark.parametrize(
    ("path", "condition", "said"),
    [
        ("status", "down", 'wanted "down", got "ok"'),
        ("up", 1, "wanted 1, got true"),
        ("list", {"contains": 0}, 'wanted something with 0, got [1, true, "a"]'),
        ("list[1]", {"at_least": 1}, "wanted at least 1, got true"),
        ("count", {"at_least": 4, "type": "null"},
         "wanted at least 4, got 3; json count: wanted a value of type null, got 3"),
        ("count", {"less_than": 3}, "wanted less than 3, got 3"),
        ("count", {"at_most": 2}, "wanted at most 2, got 3"),
        ("count", {"greater_than": 3}, "wanted more than 3, got 3"),
        ("count", {"matches": "3"}, "wanted /3/, got 3"),
        ("count", {"excludes": "4"}, "wanted a string with nothing like /4/, got 3"),
        ("count", {"contains": "3"}, 'wanted something with "3", got 3'),
        ("count", {"length": 1}, "wanted length 1, got 3"),
        ("list", {"length": 1}, "wanted length 1, got length 3"),
        ("status", {"one_of": ["a", 1]}, 'wanted one of ["a", 1], got "ok"'),
        ("status", {"not_equals": "ok"}, 'wanted anything but "ok", got "ok"'),
        ("status", {"exists": False}, 'wanted nothing, got "ok"'),
        ("missing", {"exists": True}, "wanted a value, got nothing"),
        ("missing", None, "wanted null, got nothing"),
        ("missing", {"not_equals": "down"}, 'wanted anything but "down", got nothing'),
        ("missing", {"excludes": "down"}, "wanted a string with nothing like /down/, got nothing"),
        ("list[7]", {"type": "null"}, "wanted a value of type null, got nothing"),
        ("list | [7]", None, "wanted null, got nothing"),
        ("none.deeper", None, "wanted null, got nothing"),
    ],
)  # fmt: skip
def test_conditions_that_do_not_hold_say_wanted_and_got(
    path: str, condition: object, said: str
) -> None:
    assert message({"json": {path: condition}}, DOCUMENT) == f"json {path}: {said}"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty body"),
        (b"<html>", "a body that is none: Expecting value: line 1 column 1 (char 0)"),
        (b"NaN", "NaN, which JSON does not have"),
        (b"[-Infinity]", "-Infinity, which JSON does not have"),
        (b"9" * 5000, "a number of too many digits"),
        (b"[" * 100_000, "JSON that is nested too deep"),
        (b'"\xff"', "bytes that are not UTF-8 (at 1)"),
        (b'"\xed\xa0\x80"', "bytes that are not UTF-8 (at 1)"),
        ('{"a": 1}'.encode("utf-16"), "bytes that are not UTF-8 (at 0)"),
        (b'{"a": 1} {}', "a body that is none: Extra data: line 1 column 10 (char 9)"),
    ],
)
def test_a_body_that_is_not_json_says_what_it_is(body: bytes, said: str) -> None:
    assert message({"json": {"a": 1}}, answer(body)) == f"body: wanted JSON, got {said}"


@pytest.mark.parametrize(
    ("body", "condition"),
    [
        ('\ufeff{"a": 1}', {"a": 1}),
        ('{"a": 2, "a": 1}', {"a": 1}),
        ('{"a": 1e999}', {"a": {"greater_than": 1e308, "type": "number"}}),
        ('{"a": "\\ud800"}', {"a": {"length": 1}}),
        ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        ('{"a": -0.0}', {"a": 0}),
        (" null ", {"@": None}),
    ],
)
def test_odd_but_lawful_json_is_read(body: str, condition: dict[str, Any]) -> None:
    assert message({"json": condition}, answer(body)) == ""


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"a": 1e999}', "ceil(a)"),
        ('{"a": [1, "b"]}', "sort(a)"),
        ('{"a": "x"}', "sum(a)"),
        ('{"a": {}}', "join(',', a)"),
    ],
)
def test_a_function_that_can_not_be_applied_is_a_failure(body: str, path: str) -> None:
    assert message({"json": {path: 1}}, answer(body)).startswith(f"json {path}: wanted 1, got ")


def test_a_function_that_fails_on_a_huge_value_shows_little_of_it() -> None:
    huge = json.dumps({"a": ["x" * 1000] * 1000})
    assert len(message({"json": {"sum(a)": 1}}, answer(huge))) < 250


def test_what_lies_deep_is_shown_and_compared_without_a_crash() -> None:
    deep = answer("[" * 900 + "]" * 900)
    assert message({"json": {"@": [[1]]}}, deep).startswith("json @: wanted [[1]], got [[[[")


def test_a_secret_in_a_value_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_TOKEN", "hunter2-hunter2")
    said = message({"json": {"a": 1}}, answer('{"a": "hunter2-hunter2"}'))
    assert said == 'json a: wanted 1, got "***"'


def test_a_pattern_that_goes_astray_on_a_value_is_given_up(impatient: None) -> None:
    said = message({"json": {"a": {"matches": "(a+)+$"}}}, answer('{"a": "%sb"}' % ("a" * 40_000)))
    assert said == "json a: wanted /(a+)+$/, got a text on which it takes more than 50 ms of work"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner,
                                                                 max_size=3),
    max_leaves=8,
)  # fmt: skip


def canonical(value: object) -> str:
    """A plain model of sameness: the text of a value in which numbers have one form."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, int | float):
        whole = isinstance(value, int) or value.is_integer()
        return str(int(value)) if whole else repr(value)
    if isinstance(value, list):
        return f"[{','.join(map(canonical, value))}]"
    assert isinstance(value, dict)
    pairs = sorted((json.dumps(key), canonical(each)) for key, each in value.items())
    return "{" + ",".join(f"{key}:{each}" for key, each in pairs) + "}"


@settings(deadline=None)
@given(JSON, JSON)
def test_sameness_is_that_of_json_texts(one: object, other: object) -> None:
    assert is_same(one, other) == (canonical(one) == canonical(other))
    assert is_same(one, json.loads(json.dumps(one)))


@settings(deadline=None)
@given(JSON, JSON)
def test_operators_agree_with_a_plain_model(found: Any, operand: Any) -> None:  # noqa: ANN401
    given = answer(json.dumps({"v": found}))
    held = {
        "equals": canonical(found) == canonical(operand),
        "not_equals": canonical(found) != canonical(operand),
        "one_of": canonical(found) == canonical(operand),
        "exists": True,
    }
    if isinstance(found, list):
        held["contains"] = canonical(operand) in map(canonical, found)
    if isinstance(found, dict | str):
        held["contains"] = isinstance(operand, str) and operand in found
    operands = {"one_of": [operand], "exists": True}
    if isinstance(operand, int | float) and not isinstance(operand, bool):
        for name, how in (("less_than", operator.lt), ("at_most", operator.le),
                          ("greater_than", operator.gt), ("at_least", operator.ge)):  # fmt: skip
            is_number = isinstance(found, int | float) and not isinstance(found, bool)
            held[name] = is_number and how(found, operand)
    for name, is_held in held.items():
        expected = {"json": {"v": {name: operands.get(name, operand)}}}
        assert (message(expected, given) == "") == is_held, name


@settings(deadline=None)
@given(JSON)
def test_every_value_has_a_type_of_json_schema(value: object) -> None:
    assert type_names(value) <= {
        "array", "boolean", "integer", "null", "number", "object", "string",
    }  # fmt: skip
    assert type_names(value)


@settings(deadline=None)
@given(st.text(max_size=8), st.text("ab", max_size=8))
def test_a_pattern_on_a_value_is_searched_not_matched_whole(text: str, part: str) -> None:
    given = answer(json.dumps({"v": text}))
    is_held = message({"json": {"v": {"matches": re.escape(part)}}}, given) == ""
    assert is_held == (part in text)
