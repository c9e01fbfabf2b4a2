"""Expectations as a file holds them; what is wrong with them is in ``bad_config/``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from seakeep.checks import Expectation
from seakeep.checks.json_condition import JsonCondition, JsonOperator


def test_what_is_given_stands_before_the_defaults_and_the_rest_is_theirs() -> None:
    own = Expectation.model_validate({"status": 204, "json": {"a": 1}})
    defaults = Expectation.model_validate({"status": 200, "max_duration": "1s"})
    both = own.with_defaults(defaults)
    assert [str(codes) for codes in both.status] == ["204"]
    assert both.max_duration_s == 1
    assert both.json_conditions == own.json_conditions


def test_a_bare_value_is_what_must_be_equal_and_a_mapping_holds_operators() -> None:
    read = Expectation.model_validate({"json": {"a": [1], "b": {"at_least": 1, "at_most": 2}}})
    assert read.json_conditions == {
        "a": (JsonCondition(JsonOperator.EQUALS, [1]),),
        "b": (JsonCondition(JsonOperator.AT_LEAST, 1), JsonCondition(JsonOperator.AT_MOST, 2)),
    }


@pytest.mark.parametrize("written", [2, "2", [2], ["2"]])
def test_a_version_of_http_may_be_a_number_or_a_text(written: object) -> None:
    assert Expectation.model_validate({"http_version": written}).http_version == ("2",)


@pytest.mark.parametrize("name", ["example.org", "10.0.0.1", "::1", "*.example.org", "bücher.de"])
def test_a_certificate_may_be_for_a_name_or_an_address(name: str) -> None:
    assert Expectation.model_validate({"tls": {"name": name}}).asserts_something


def read_schema(tmp_path: Path, content: str | bytes) -> Expectation:
    raw = content.encode() if isinstance(content, str) else content
    (tmp_path / "schema.json").write_bytes(raw)
    return Expectation.model_validate(
        {"json_schema": "schema.json"}, context={"folder": str(tmp_path)}
    )


def test_a_schema_may_stand_in_a_file_beside(tmp_path: Path) -> None:
    schema = read_schema(tmp_path, '{"type": "object"}').json_schema
    assert schema is not None
    assert schema.name == "schema.json"
    assert json.loads(schema.text) == {"type": "object"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "a file that is JSON"),
        (b"\xff\xfe\xff", "a file that is JSON"),
        ("[" * 100_000, "a file that is JSON"),
        ("[]", "a JSON Schema, which is a mapping"),
        ('{"const": NaN}', "a schema that JSON can hold"),
        (" " * (1024 * 1024 + 1), "a JSON Schema of at most 1048576 bytes"),
        ('{"not": ' * 400 + "{}" + "}" * 400, "a JSON Schema that is not nested as deep"),
        (json.dumps({"type": "x" * 10_000}), "a sound JSON Schema (type: 'xxx"),
    ],
)
def test_a_file_that_is_no_schema_is_refused_in_few_words(
    tmp_path: Path, content: str | bytes, said: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        read_schema(tmp_path, content)
    found = raised.value.errors()[0]["msg"]
    assert said in found
    assert len(found) < 250


def test_a_schema_may_refer_to_its_own_parts_by_every_kind_of_name() -> None:
    schema: dict[str, Any] = {
        "$id": "http://127.0.0.1/root",
        "$defs": {
            "a": {"type": "string"},
            "b": {"$id": "part", "$anchor": "here", "type": "integer"},
        },
        "properties": {
            "a": {"$ref": "#/$defs/a"},
            "b": {"$ref": "part"},
            "c": {"$ref": "part#here"},
            "d": {"$ref": "https://json-schema.org/draft/2020-12/schema"},
        },
    }
    assert Expectation.model_validate({"json_schema": schema}).json_schema is not None
