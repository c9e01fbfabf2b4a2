"""Specs of objects read field by field: what nobody reads is refused, and not ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seakeep.sandbox.kubernetes_manifest import texts
from seakeep.sandbox.kubernetes_status import ApiError, invalid
from seakeep.sandbox.label_selector import LabelSelector, Requirement

__all__ = ["Spec"]

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")


class Spec:
    """A part of an object, and the path that leads to it.

    Args:
        kind: The kind of the object, for messages.
        name: Its name.
        path: Where the part is.
        found: The part, as it was sent.
    """

    def __init__(self, kind: str, name: str, path: str, found: object) -> None:
        self._kind = kind
        self._name = name
        self._path = path
        self._read: set[str] = set()
        if not isinstance(found, Mapping):
            raise self.refusal("", f"found {found!r}; wanted an object")
        self._found: Mapping[str, Any] = found

    def refusal(self, field: str, problem: str) -> ApiError:
        """That a field can't be accepted."""
        path = ".".join(filter(None, (self._path, field)))
        return invalid(self._kind, self._name, path, problem)

    def optional(self, field: str) -> Any:  # noqa: ANN401 - it is whatever was sent
        """A field; None when it is not there."""
        self._read.add(field)
        return self._found.get(field)

    def part(self, field: str) -> Spec:
        """A field that is an object itself."""
        return Spec(self._kind, self._name, f"{self._path}.{field}", self.optional(field))

    def parts(self, field: str) -> tuple[Spec, ...] | None:
        """A field that is a list of objects; None when it is not there."""
        found = self.optional(field)
        if found is None:
            return None
        if not isinstance(found, list):
            raise self.refusal(field, f"found {found!r}; wanted a list")
        path = f"{self._path}.{field}"
        return tuple(
            Spec(self._kind, self._name, f"{path}[{index}]", each)
            for index, each in enumerate(found)
        )

    def choice(self, field: str, allowed: tuple[str, ...]) -> str | None:
        """A field with one of a few values; None when it is not there."""
        found = self.optional(field)
        if found is not None and found not in allowed:
            wanted = ", ".join(allowed)
            raise self.refusal(field, f"Unsupported value: {found!r}: supported values: {wanted}")
        return None if found is None else str(found)

    def selector(self, field: str) -> LabelSelector:
        """A field that is a label selector; an empty one selects everything."""
        part = self.part(field)
        error = part.refusal("matchLabels", "wanted texts")
        labels = texts(part.optional("matchLabels"), error)
        found = [Requirement(key, "In", (value,)) for key, value in labels.items()]
        for each in part.parts("matchExpressions") or ():
            key, values = each.optional("key"), each.optional("values") or []
            operator = each.choice("operator", _OPERATORS)
            if not isinstance(key, str) or not isinstance(values, list) or operator is None:
                raise each.refusal("", "wanted key, operator and values")
            if bool(values) != (operator in {"In", "NotIn"}):
                raise each.refusal("values", f"found {values!r} with the operator {operator}")
            found.append(Requirement(key, operator, tuple(map(str, values))))  # type: ignore[arg-type]
            each.done()
        part.done()
        return LabelSelector(tuple(found))

    def done(self) -> None:
        """Refuse every field that was not asked for."""
        for field in self._found:
            if field not in self._read:
                raise self.refusal(field, "the sandbox does not support it")
