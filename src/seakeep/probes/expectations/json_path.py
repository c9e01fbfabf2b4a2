"""What a JMESPath expression finds: a value, or nothing, which is not the same as ``null``.

JMESPath itself gives ``null`` for both (https://jmespath.org/specification.html). A check must tell
them apart: a path with a spelling mistake would otherwise satisfy ``not_equals`` for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathTypeError
from jmespath.parser import ParsedResult
from jmespath.visitor import TreeInterpreter

from seakeep.plain import one_line

__all__ = ["Nothing", "find"]


class Nothing(Enum):
    """There is no value, not even ``null``."""

    NOTHING = "nothing"


def find(path: str, document: object) -> object:
    """Return the value at a path, or ``Nothing.NOTHING``.

    Raises:
        ValueError: A function of the path can't be applied to what the document has there.
    """
    parsed = _compiled(path)
    try:
        found = parsed.search(document)
        is_there = found is not None or _is_there(parsed.parsed, document)
    except JMESPathTypeError as error:
        takes = " or ".join(error.expected_types)
        raise ValueError(f"{error.actual_type} where {error.function_name} takes {takes}") from None
    except Exception as error:  # noqa: BLE001 - any function, on whatever a target answers
        raise ValueError(one_line(f"{type(error).__name__}: {error}", 120)) from None
    return found if is_there else Nothing.NOTHING


@lru_cache(maxsize=1024)
def _compiled(path: str) -> ParsedResult:
    return jmespath.compile(path)


def _is_there(node: Any, value: object) -> bool:  # noqa: ANN401 - JMESPath's own tree
    """Tell, of an expression whose value is ``null``, whether the document says so itself."""
    match node["type"]:
        case "field":
            return isinstance(value, dict) and node["value"] in value
        case "index":
            return isinstance(value, list) and -len(value) <= node["value"] < len(value)
        case "identity" | "current" | "literal" | "function_expression":
            return True
        case "subexpression" | "index_expression" | "pipe":
            return _last_is_there(node["children"], value)
        case "or_expression":
            return any(_is_there(child, value) for child in node["children"])
    return False


def _last_is_there(steps: Sequence[Any], value: object) -> bool:
    for step in steps[:-1]:
        value = TreeInterpreter().visit(step, value)
    return _is_there(steps[-1], value)
