"""Durations as Go writes them, which is how Kubernetes objects give them."""

from __future__ import annotations

import re

__all__ = ["duration_s"]

_UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)"
_WHOLE = re.compile(f"(?:{_PART})+")


def duration_s(text: object) -> float:
    """The seconds in a text such as "500ms", "10s" or "1m30s".

    Form: https://pkg.go.dev/time#ParseDuration, without a sign.

    Raises:
        ValueError: It is no such text.
    """
    if text == "0":
        return 0.0
    if not isinstance(text, str) or not _WHOLE.fullmatch(text):
        raise ValueError(f'found {text!r}; wanted a duration such as "500ms", "10s" or "1m30s"')
    return sum(float(number) * _UNITS_S[unit] for number, unit in re.findall(_PART, text))
