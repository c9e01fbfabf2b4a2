"""Label selectors, as `kubectl -l` and the `labelSelector` parameter take them.

Grammar: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["LabelSelector", "Requirement"]

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_KEY = rf"(?:{_NAME}/)?{_NAME}"
_VALUE = rf"(?:{_NAME})?"
_EQUALITY = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_SET = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_EXISTS = re.compile(rf"(!?)\s*({_KEY})")
_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on the labels of an object."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether those labels satisfy it; an absent label satisfies NotIn, as in Kubernetes."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels

    def __str__(self) -> str:
        match self.operator:
            case "Exists":
                return self.key
            case "DoesNotExist":
                return f"!{self.key}"
        return f"{self.key} {self.operator.lower()} ({','.join(self.values)})"


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """Conditions that must all hold; none at all selects everything."""

    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def parse(cls, text: str) -> LabelSelector:
        """The selector a text means.

        Raises:
            ValueError: It does not follow the grammar; the message quotes the part.
        """
        if not text.strip():
            return cls()
        parts = _COMMA_OUTSIDE_PARENTHESES.split(text)
        return cls(tuple(_requirement(part.strip()) for part in parts))

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether those labels satisfy every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(str(requirement) for requirement in self.requirements)


def _requirement(part: str) -> Requirement:
    if match := _EQUALITY.fullmatch(part):
        key, sign, value = match.groups()
        return Requirement(key, "NotIn" if sign == "!=" else "In", (value,))
    if match := _SET.fullmatch(part):
        key, word, inside = match.groups()
        values = tuple(value.strip() for value in inside.split(","))
        if all(re.fullmatch(_VALUE, value) for value in values):
            return Requirement(key, "In" if word == "in" else "NotIn", values)
    if match := _EXISTS.fullmatch(part):
        absent, key = match.groups()
        return Requirement(key, "DoesNotExist" if absent else "Exists")
    raise ValueError(f"unable to parse requirement: {part!r}")
