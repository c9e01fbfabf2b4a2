"""Values out of an observation's attributes, which may hold anything or nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping

from seakeep.observation import Attribute
from seakeep.plain import plain

__all__ = ["flag", "number", "text", "whole"]


def number(attributes: Mapping[str, Attribute], name: str) -> float | None:
    """Return a finite number, or ``None`` when the attribute is absent or is something else."""
    value = attributes.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return value if math.isfinite(value) else None
    except OverflowError:  # a whole number beyond any float
        return None


def whole(attributes: Mapping[str, Attribute], name: str) -> int | None:
    """Return the same as a whole number."""
    value = number(attributes, name)
    return None if value is None else int(value)


def text(attributes: Mapping[str, Attribute], name: str, limit: int) -> str:
    """Return a text, fit to print and at most so long; empty when it is absent or no text."""
    value = attributes.get(name)
    return plain(value, limit) if isinstance(value, str) else ""


def flag(attributes: Mapping[str, Attribute], name: str) -> bool | None:
    """Return yes or no, or ``None`` when the attribute is absent or is something else."""
    value = attributes.get(name)
    return value if isinstance(value, bool) else None
