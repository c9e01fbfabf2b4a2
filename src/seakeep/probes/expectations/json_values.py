"""Operators on values in a JSON answer. JSON's types hold, not Python's: ``true`` is not 1."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from seakeep.causes import Cause, Failure
from seakeep.checks.json_condition import JsonCondition, JsonOperator
from seakeep.probes.expectations.json_path import Nothing, find
from seakeep.probes.expectations.patience import OutOfTimeError, Patience
from seakeep.probes.json_text import json_text

__all__ = ["is_same", "judge_json", "type_names"]


def judge_json(
    conditions: Mapping[str, tuple[JsonCondition, ...]], document: object, patience: Patience
) -> Iterator[Failure]:
    """Tell each condition that does not hold; a path that finds nothing fails all but one."""
    for path, all_of_it in conditions.items():
        try:
            found, problem = find(path, document), ""
        except ValueError as error:
            found, problem = Nothing.NOTHING, str(error)
        for condition in all_of_it:
            try:
                if not problem and _holds(condition, found, patience):
                    continue
                got = problem or _got(condition, found)
            except OutOfTimeError as error:
                got = f"a text on which it takes {error}"
            yield Failure(Cause.JSON, f"json {path}: wanted {_wanted(condition)}, got {got}")


def is_same(one: object, other: object) -> bool:
    """Compare as JSON does: 1 is 1.0, but ``true`` is not 1, nor is ``[true]`` the same as ``[1]``.

    https://json-schema.org/draft/2020-12/json-schema-core#section-4.2.2
    """
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def type_names(value: object) -> frozenset[str]:
    """Return the types of a value by JSON Schema's names; 1.0 is an integer there."""
    if isinstance(value, bool):
        return frozenset({"boolean"})
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return frozenset({"integer", "number"})
    names = {dict: "object", list: "array", str: "string", float: "number", type(None): "null"}
    return frozenset({names.get(type(value), "")})


def _holds(condition: JsonCondition, found: object, patience: Patience) -> bool:
    wanted = condition.operand
    if condition.operator is JsonOperator.EXISTS:
        return (found is not Nothing.NOTHING) == wanted
    if found is Nothing.NOTHING:
        return False
    if condition.operator in _PATTERNS:
        if not isinstance(found, str):
            return False
        is_found = patience.search(str(wanted), found) is not None
        return is_found == (condition.operator is JsonOperator.MATCHES)
    return _HOLDS[condition.operator](found, wanted)


_PATTERNS = (JsonOperator.MATCHES, JsonOperator.EXCLUDES)


def _compares(how: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda found, wanted: "number" in type_names(found) and how(found, wanted)


def _contains(found: object, wanted: object) -> bool:
    if isinstance(found, list):
        return any(is_same(item, wanted) for item in found)
    return isinstance(found, str | dict) and isinstance(wanted, str) and wanted in found


_HOLDS: Mapping[JsonOperator, Callable[[Any, Any], bool]] = {
    JsonOperator.EQUALS: is_same,
    JsonOperator.NOT_EQUALS: lambda found, wanted: not is_same(found, wanted),
    JsonOperator.LESS_THAN: _compares(operator.lt),
    JsonOperator.AT_MOST: _compares(operator.le),
    JsonOperator.GREATER_THAN: _compares(operator.gt),
    JsonOperator.AT_LEAST: _compares(operator.ge),
    JsonOperator.CONTAINS: _contains,
    JsonOperator.ONE_OF: lambda found, wanted: any(is_same(found, each) for each in wanted),
    JsonOperator.LENGTH: lambda found, wanted: (
        isinstance(found, str | list | dict) and len(found) == wanted
    ),
    JsonOperator.TYPE: lambda found, wanted: wanted in type_names(found),
}

_WORDS: Mapping[JsonOperator, str] = {
    JsonOperator.EQUALS: "{}",
    JsonOperator.NOT_EQUALS: "anything but {}",
    JsonOperator.LESS_THAN: "less than {}",
    JsonOperator.AT_MOST: "at most {}",
    JsonOperator.GREATER_THAN: "more than {}",
    JsonOperator.AT_LEAST: "at least {}",
    JsonOperator.CONTAINS: "something with {}",
    JsonOperator.ONE_OF: "one of {}",
    JsonOperator.LENGTH: "length {}",
}


def _wanted(condition: JsonCondition) -> str:
    match condition.operator:
        case JsonOperator.EXISTS:
            return "a value" if condition.operand else "nothing"
        case JsonOperator.MATCHES:
            return f"/{condition.operand}/"
        case JsonOperator.EXCLUDES:
            return f"a string with nothing like /{condition.operand}/"
        case JsonOperator.TYPE:
            return f"a value of type {condition.operand}"
    return _WORDS[condition.operator].format(json_text(condition.operand))


def _got(condition: JsonCondition, found: object) -> str:
    if found is Nothing.NOTHING:
        return "nothing"
    if condition.operator is JsonOperator.LENGTH and isinstance(found, str | list | dict):
        return f"length {len(found)}"
    return json_text(found)
