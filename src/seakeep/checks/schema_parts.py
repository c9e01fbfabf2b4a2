"""What can be said against a sound JSON Schema: references that lead nowhere, endless patterns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import referencing
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

__all__ = ["check_parts"]

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")


def check_parts(document: Mapping[str, object]) -> None:
    """Look at a schema and all schemas in it.

    Raises:
        ValueError: A reference leads out of the schema, or nowhere: nothing is ever fetched. Or
            ``unevaluatedProperties``, which tries patterns on an engine that can't be stopped,
            stands beside one that a hostile name could keep busy.
    """
    parts = list(_parts(document))
    for part, resolver in parts:
        for keyword in _REFERENCES:
            reference = part.get(keyword)
            if isinstance(reference, str):
                _look_up(reference, resolver)
    if any("unevaluatedProperties" in part for part, _ in parts):
        for pattern in (each for part, _ in parts for each in part.get("patternProperties", {})):
            if any(sign in pattern for sign in "*+{?|"):
                raise ValueError(
                    "patternProperties without * + { ? | where unevaluatedProperties stands, "
                    f"not {pattern!r}"
                )


def _look_up(reference: str, resolver: Any) -> None:  # noqa: ANN401 - generic in its package
    try:
        resolver.lookup(reference)
    except Unresolvable:
        wanted = f"a JSON Schema whose references stay inside it, not {reference!r}"
        raise ValueError(wanted) from None


def _parts(document: Mapping[str, object]) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Yield each schema that is an object, with what resolves the references in it."""
    root: Any = referencing.Resource.from_contents(document, default_specification=DRAFT202012)
    waiting = [(root, REGISTRY.resolver_with_root(root))]
    while waiting:
        part, resolver = waiting.pop()
        if isinstance(part.contents, Mapping):
            yield part.contents, resolver
            waiting += [(each, resolver.in_subresource(each)) for each in part.subresources()]
