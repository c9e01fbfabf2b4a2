"""JSON answers against a JSON Schema: what is told, and what can't be made to last."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from referencing.exceptions import Unresolvable

from seakeep.checks import Expectation
from seakeep.checks.json_schema import Schema
from seakeep.probes.expectations import judge_aside
from seakeep.probes.expectations import schema as schema_module
from tests.probes.expectations.answers import answer, message, verdict

HEALTH = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["status", "checks"],
    "properties": {
        "status": {"enum": ["ok", "degraded"]},
        "checks": {"type": "array", "items": {"$ref": "#/$defs/check"}},
    },
    "additionalProperties": False,
    "$defs": {"check": {"type": "object", "properties": {"ms": {"type": "integer", "minimum": 0}}}},
}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"status": "ok", "checks": [{"ms": 1}]}, ""),
        ({"status": "ok"}, 'schema $: wanted the keys "checks", got {"status": "ok"}'),
        (
            {"status": "down", "checks": []},
            'schema $.status: wanted enum ["ok", "degraded"], got "down"',
        ),
        (
            {"status": "ok", "checks": [{"ms": 1}, {"ms": -1}]},
            "schema $.checks[1].ms: wanted minimum 0, got -1",
        ),
        ({"status": "ok", "checks": [], "x": 1}, "schema $.x: wanted nothing there, got 1"),
    ],
)
def test_what_is_not_valid_is_told_with_its_place(body: object, said: str) -> None:
    assert message({"json_schema": HEALTH}, answer(json.dumps(body))) == said


def test_the_cause_is_its_own() -> None:
    found = verdict({"json_schema": HEALTH}, answer("1"))
    assert found == ("schema", 'schema $: wanted type "object", got 1 | 1')


def test_at_most_three_are_told_the_shallowest_first() -> None:
    body = json.dumps({"status": 1, "checks": [{"ms": str(n)} for n in range(100)]})
    said = message({"json_schema": HEALTH}, answer(body))
    assert said.startswith("schema $.status: wanted enum")
    assert said.count("schema $") == 3
    assert said.endswith("and more")


def test_of_alternatives_the_closest_is_told() -> None:
    schema = {"anyOf": [{"type": "string"}, {"type": "object", "required": ["a"]}]}
    said = message({"json_schema": schema}, answer("{}"))
    assert said == 'schema $: wanted the keys "a", got {}'


def test_what_is_shown_is_short_and_holds_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_TOKEN", "hunter2-hunter2")
    body = json.dumps({"hunter2-hunter2" + "k" * 100_000: {"hunter2-hunter2": "v" * 100_000}})
    for schema in ({"additionalProperties": False}, {"additionalProperties": {"type": "null"}}):
        said = message({"json_schema": schema}, answer(body))
        assert "hunter2" not in said
        assert len(said) < 300


def test_nothing_is_fetched_whatever_a_schema_refers_to(
    servers: Any,  # noqa: ANN401 - the fixture's own class
) -> None:
    url = servers.answer('{"type": "integer"}', headers="Content-Type: application/json\r\n")
    unchecked = Schema("the schema", json.dumps({"$ref": f"{url}/schema.json"}))
    with pytest.raises(Unresolvable):
        list(schema_module._validator(unchecked).iter_errors("a"))
    assert servers.requests == []


TREE = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "anyOf": [
                {"properties": {"c": {"$ref": "#/$defs/node"}}, "required": ["x"]},
                {"properties": {"c": {"$ref": "#/$defs/node"}}, "required": ["y"]},
            ]
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        (TREE, '{"c":' * 60 + "1" + "}" * 60),
        ({"pattern": "(a+)+$"}, json.dumps("a" * 40_000 + "b")),
        ({"patternProperties": {r"(\w+\s?)+$": True}}, json.dumps({"a a" * 20_000 + "!": 1})),
        (
            {"patternProperties": {r"(\w+\s?)+$": True}, "additionalProperties": False},
            json.dumps({"a a" * 20_000 + "!": 1}),
        ),
        ({"propertyNames": {"pattern": r"(\w+\s?)+$"}}, json.dumps({"a a" * 20_000 + "!": 1})),
        ({"items": {"type": "integer", "minimum": 0}}, "[" + "1," * 200_000 + "1]"),
    ],
    ids=["branches", "pattern", "name", "other name", "name's pattern", "many"],
)
def test_no_document_makes_a_judgment_last(
    schema: Mapping[str, object], body: str, impatient: None
) -> None:
    began = time.process_time()
    said = message({"json_schema": schema}, answer(body))
    assert time.process_time() - began < 2
    assert said == (
        "schema: wanted an answer valid by the schema, got one that takes more than 50 ms of work"
    )


def test_unlike_items_are_told_apart_in_one_pass() -> None:
    began = time.process_time()
    many = json.dumps([{"a": n} for n in range(10_000)])
    assert message({"json_schema": {"uniqueItems": True}}, answer(many)) == ""
    assert time.process_time() - began < 2  # item by item it would be some 10 s


def test_a_document_deeper_than_can_be_followed_is_a_failure() -> None:
    schema = {"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#/$defs/a"}}}}
    said = message({"json_schema": schema}, answer("[" * 900 + "]" * 900))
    assert said == "schema: wanted an answer valid by the schema, got one nested too deep"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, 1.0, 1.5, "a", "ab"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "ab", "c"]), inner, max_size=3)
    ),
    max_leaves=8,
)
SCHEMAS = st.sampled_from(
    [
        {"uniqueItems": True},
        {"pattern": "^ab?$"},
        {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False},
        {"properties": {"a": {}}, "additionalProperties": {"type": "string"}},
        {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"const": 1}]},
        {"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1,
         "exclusiveMinimum": True},
        {"unevaluatedProperties": False, "properties": {"c": {}}},
        {"anyOf": [{"type": "array", "uniqueItems": True}, {"type": "number"}]},
    ]
)  # fmt: skip


@settings(deadline=None)
@given(SCHEMAS, VALUES)
def test_what_is_valid_is_what_the_package_alone_calls_valid(
    schema: dict[str, Any],
    value: Any,  # noqa: ANN401 - any JSON
) -> None:
    plain = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    said = message({"json_schema": schema}, answer(json.dumps(value)))
    assert (said == "") == plain(schema).is_valid(value)


def test_the_loop_goes_on_while_a_large_answer_is_judged() -> None:
    schema = {"properties": {"items": {"items": {"required": ["id", "name"]}}}}
    body = json.dumps({"items": [{"id": n, "name": "x" * 40} for n in range(14_000)]})
    expected = Expectation.model_validate({"json_schema": schema})

    async def turns_meanwhile() -> int:
        judging = asyncio.ensure_future(judge_aside(expected, answer(body)))
        turns = 0
        while not judging.done():
            await asyncio.sleep(0.001)
            turns += 1
        assert judging.result().failure is None
        return turns

    assert asyncio.run(turns_meanwhile()) >= 3
