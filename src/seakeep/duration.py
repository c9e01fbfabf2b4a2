"""Durations as people and OpenSLO write them: ``250ms``, ``5s``, ``30m``, ``1h30m``, ``30d``."""

from __future__ import annotations

import re

__all__ = ["format_duration", "parse_duration"]

_SECONDS_PER_UNIT = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)", re.ASCII)
_WHOLE = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)

WANTED = "a duration such as 250ms, 5s, 30m, 1h30m or 30d"


def parse_duration(text: str) -> float:
    """Return the seconds that ``text`` stands for.

    Raises:
        ValueError: The text is not a duration, or is zero.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(WANTED)
    seconds = sum(float(number) * _SECONDS_PER_UNIT[unit] for number, unit in _PART.findall(text))
    if seconds <= 0:
        raise ValueError("a duration above zero")
    return seconds


def format_duration(seconds: float) -> str:
    """Return ``seconds`` in the two largest units that matter, such as ``1d 4h`` or ``350ms``."""
    if seconds < 1:
        return f"{round(seconds * 1000)}ms"
    if seconds < 10:
        return f"{seconds:.3g}s"
    rest = round(seconds)
    parts: list[str] = []
    for unit in ("d", "h", "m", "s"):
        count, rest = divmod(rest, int(_SECONDS_PER_UNIT[unit]))
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if part)
