"""What JSON has no word for, in the form that all our JSON gives it."""

from __future__ import annotations

import math
from datetime import datetime

from seakeep.reports.wording import iso

__all__ = ["finite", "form"]


def finite(value: object) -> object:
    """Return the same without infinities, for which JSON has no word."""
    if isinstance(value, dict):
        return {key: finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def form(value: object) -> str:
    """Return a time in ISO 8601, in UTC: what ``json.dumps`` asks for as its ``default``."""
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
