"""Whether a JSON answer is valid by a JSON Schema. Nothing is fetched, whatever that names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

from seakeep.causes import Cause, Failure
from seakeep.checks.json_schema import Schema
from seakeep.plain import one_line
from seakeep.probes.expectations.patience import OutOfTimeError, Patience
from seakeep.probes.json_text import json_text

__all__ = ["judge_schema"]

_MOST_TOLD = 3
_MOST_SOUGHT = 50
"""Errors among which those to tell are chosen; a hostile document can have a million."""


def judge_schema(schema: Schema, document: object, patience: Patience) -> Iterator[Failure]:
    """Tell where a document is not valid: the shallowest first, where most is wrong; at most three.

    Of alternatives (``anyOf``) the one that came closest is told.
    """
    from jsonschema.exceptions import best_match  # noqa: PLC0415 - as below

    from seakeep.probes.expectations.schema_keywords import PATIENCE  # noqa: PLC0415

    PATIENCE.set(patience)
    try:
        errors = list(islice(_validator(schema).iter_errors(document), _MOST_SOUGHT))
        errors.sort(key=lambda error: len(error.absolute_path))
        told = [_message(best_match([error])) for error in errors[:_MOST_TOLD]]
    except OutOfTimeError as error:
        told = [f"schema: wanted an answer valid by {schema.name}, got one that takes {error}"]
    except RecursionError:
        told = [f"schema: wanted an answer valid by {schema.name}, got one nested too deep"]
    else:
        if len(errors) > _MOST_TOLD:
            told[-1] += " and more"
    yield from (Failure(Cause.SCHEMA, message) for message in told)


@lru_cache(maxsize=256)
def _validator(schema: Schema) -> Any:  # noqa: ANN401 - a class that is made at run time
    """Return what validates by a schema, with an empty registry: references stay inside it.

    https://python-jsonschema.readthedocs.io/en/stable/referencing/
    """
    import referencing  # noqa: PLC0415 - some 50 ms, and only where a file has a schema
    from jsonschema import Draft202012Validator  # noqa: PLC0415
    from jsonschema.validators import validator_for  # noqa: PLC0415

    from seakeep.probes.expectations.schema_keywords import bounded  # noqa: PLC0415

    document = json.loads(schema.text)
    validator = bounded(validator_for(document, default=Draft202012Validator))
    return validator(_without_dialect(document), registry=referencing.Registry())


def _without_dialect(schema: object) -> object:
    """Return a schema without ``$schema``: each would have the package's own class back."""
    if isinstance(schema, list):
        return [_without_dialect(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: _without_dialect(each)
        for name, each in schema.items()
        if name != "$schema" or not isinstance(each, str)
    }


def _message(error: Any) -> str:  # noqa: ANN401 - its package has no types for it
    where = one_line(error.json_path, 80)
    return f"schema {where}: wanted {_wanted(error)}, got {json_text(error.instance)}"


def _wanted(error: Any) -> str:  # noqa: ANN401 - as above
    match error.validator:
        case None:
            return "nothing there"
        case "required":
            missing = (name for name in error.validator_value if name not in error.instance)
            return "the keys " + one_line(", ".join(map(json_text, missing)), 80)
        case "unevaluatedProperties" | "unevaluatedItems" | "dependentRequired":
            return one_line(error.message, 160)
    return f"{error.validator} {json_text(error.validator_value)}"
