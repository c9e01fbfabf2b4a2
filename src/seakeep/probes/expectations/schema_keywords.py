"""JSON Schema's keywords, kept in bounds: a hostile document must not keep them busy for ever.

Every keyword looks at the clock first, so that schemas which branch at each level of a document
(``anyOf`` of references to itself: twice the work per level) end in time. Those that would take
long inside one step are replaced: patterns run on an engine that can be stopped, and
``uniqueItems`` looks at each item once. The rest is the ``jsonschema`` package's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError

from seakeep.probes.expectations.patience import Patience

__all__ = ["PATIENCE", "bounded"]

PATIENCE: ContextVar[Patience] = ContextVar("PATIENCE")
"""Of the judgment that goes on; keywords have no other way to be told of it."""

Keyword = Callable[[Any, Any, Any, Any], Iterable[ValidationError] | None]


@cache
def bounded(validator: type[Any]) -> type[Any]:
    """Return a validator class that does the same in bounded time.

    While it works, `PATIENCE` must be set; it raises ``OutOfTimeError`` when that runs out.
    """
    keywords: Mapping[str, Keyword] = validator.VALIDATORS
    own = {name: _OWN.get(name, keyword) for name, keyword in keywords.items()}
    timed = {name: _timed(keyword) for name, keyword in own.items()}
    made: type[Any] = jsonschema.validators.extend(validator, timed)  # type: ignore[no-untyped-call]
    return made


def _timed(keyword: Keyword) -> Keyword:
    def look_at_the_clock(
        validator: Any,  # noqa: ANN401
        value: Any,  # noqa: ANN401
        instance: Any,  # noqa: ANN401
        schema: Any,  # noqa: ANN401
    ) -> Iterable[ValidationError] | None:
        PATIENCE.get().check()
        return keyword(validator, value, instance, schema)

    return look_at_the_clock


def _pattern(_: Any, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:  # noqa: ANN401
    if isinstance(instance, str) and PATIENCE.get().search(pattern, instance) is None:
        yield ValidationError("does not match")


def _pattern_properties(
    validator: Any,  # noqa: ANN401
    patterns: Mapping[str, object],
    instance: object,
    _: object,
) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, schema in patterns.items():
        for name, value in instance.items():
            if PATIENCE.get().search(pattern, name) is not None:
                yield from validator.descend(value, schema, path=name, schema_path=pattern)


def _additional_properties(
    validator: Any,  # noqa: ANN401
    allowed: object,
    instance: object,
    schema: Mapping[str, Any],
) -> Iterator[ValidationError]:
    """Each property too many is an error of its own, at its own place."""
    if not isinstance(instance, dict):
        return
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name, value in instance.items():
        if name not in named and not any(
            PATIENCE.get().search(p, name) is not None for p in patterns
        ):
            if allowed is False:
                yield ValidationError("", None, [name], instance=value)  # type: ignore[arg-type]
            else:
                yield from validator.descend(value, allowed, path=name)


def _unique_items(
    _: Any,  # noqa: ANN401
    is_wanted: object,
    instance: object,
    __: object,
) -> Iterator[ValidationError]:
    if is_wanted is True and isinstance(instance, list):
        seen = {_hashable(item) for item in instance}
        if len(seen) < len(instance):
            yield ValidationError("has an item twice")


def _hashable(value: object) -> object:
    """Return what is equal for values that are the same in JSON, and only for those."""
    if isinstance(value, list):
        return ("array", tuple(map(_hashable, value)))
    if isinstance(value, dict):
        return ("object", frozenset((name, _hashable(each)) for name, each in value.items()))
    return ("boolean", value) if isinstance(value, bool) else value


_OWN: Mapping[str, Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
}
