"""What a value in a JSON answer must be like: a value that it equals, or operators on it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from seakeep.plain import one_line

__all__ = ["JmesPath", "JsonCondition", "JsonConditions", "JsonOperator"]


class JsonOperator(StrEnum):
    """How a value found is compared; the names are those of the file."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    LESS_THAN = "less_than"
    AT_MOST = "at_most"
    GREATER_THAN = "greater_than"
    AT_LEAST = "at_least"
    MATCHES = "matches"
    EXCLUDES = "excludes"
    CONTAINS = "contains"
    ONE_OF = "one_of"
    LENGTH = "length"
    EXISTS = "exists"
    TYPE = "type"


TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
"""JSON Schema's names: https://json-schema.org/understanding-json-schema/reference/type."""


@dataclass(frozen=True, slots=True)
class JsonCondition:
    """One operator and what it compares with."""

    operator: JsonOperator
    operand: object


_NUMERIC = frozenset(
    {
        JsonOperator.LESS_THAN,
        JsonOperator.AT_MOST,
        JsonOperator.GREATER_THAN,
        JsonOperator.AT_LEAST,
    }
)
_JSON_WANTED = "a value that JSON has: dates are texts there, and numbers finite"
_PATTERNS = frozenset({JsonOperator.MATCHES, JsonOperator.EXCLUDES})


def _condition(name: str, operand: object) -> JsonCondition:
    try:
        operator = JsonOperator(name)
    except ValueError:
        known = ", ".join(JsonOperator)
        raise ValueError(f"operators among {known}, not {one_line(repr(name), 40)}") from None
    if not _is_json(operand):
        raise ValueError(f"for {operator} {_JSON_WANTED}")
    wanted = _operand_wanted(operator, operand)
    if wanted:
        raise ValueError(f"{wanted} for {operator}, not {one_line(repr(operand), 40)}")
    return JsonCondition(operator, operand)


def _operand_wanted(operator: JsonOperator, operand: object) -> str:
    """Return what an operator wants of its operand; nothing when that is what it has."""
    if operator in _PATTERNS:
        return _pattern_wanted(operand)
    if operator in _NUMERIC:
        is_number = isinstance(operand, int | float) and not isinstance(operand, bool)
        return "" if is_number else "a number"
    is_right, wanted = True, ""
    match operator:
        case JsonOperator.LENGTH:
            is_right = type(operand) is int and operand >= 0
            wanted = "a whole number from 0 on"
        case JsonOperator.EXISTS:
            is_right, wanted = isinstance(operand, bool), "true or false"
        case JsonOperator.ONE_OF:
            is_right, wanted = isinstance(operand, list) and bool(operand), "a list of values"
        case JsonOperator.TYPE:
            is_right, wanted = operand in TYPES, f"one of {', '.join(TYPES)}"
    return "" if is_right else wanted


def _is_json(value: object) -> bool:
    """Whether an answer could hold a value: YAML has dates, and numbers that are none."""
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _is_json(each) for key, each in value.items())
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


def _pattern_wanted(operand: object) -> str:
    if not isinstance(operand, str):
        return "a regular expression"
    try:
        re.compile(operand)
    except re.error as error:
        return f"a regular expression ({error})"
    return ""


def _conditions(value: object) -> object:
    if isinstance(value, tuple):
        return value
    if not isinstance(value, Mapping):
        if not _is_json(value):
            raise ValueError(_JSON_WANTED)
        return (JsonCondition(JsonOperator.EQUALS, value),)
    if not value:
        raise ValueError("a value, or operators such as {at_least: 1}")
    return tuple(_condition(str(name), operand) for name, operand in value.items())


def _jmespath(value: str) -> str:
    import jmespath  # noqa: PLC0415 - only where a file has such a path

    try:
        jmespath.compile(value)
    except jmespath.exceptions.JMESPathError:
        raise ValueError("a JMESPath expression, as https://jmespath.org explains") from None
    return value


JmesPath = Annotated[str, AfterValidator(_jmespath)]
JsonConditions = Annotated[tuple[JsonCondition, ...], BeforeValidator(_conditions)]
