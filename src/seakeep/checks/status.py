"""Status codes as people write them: ``200``, ``2xx``, ``200-299``, or a list of such."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator

__all__ = ["StatusRange", "Statuses"]

_WANTED = "a status code such as 200, a class 2xx, a range 200-299, or a list of them"
_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE | re.ASCII)
_RANGE = re.compile(r"([1-5]\d\d)\s*-\s*([1-5]\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class StatusRange:
    """Codes from ``low`` to ``high``, both included."""

    low: int
    high: int

    def __contains__(self, code: int) -> bool:
        return self.low <= code <= self.high

    def __str__(self) -> str:
        return str(self.low) if self.low == self.high else f"{self.low}-{self.high}"


def _range(value: object) -> StatusRange:
    if type(value) is int and 100 <= value <= 599:
        return StatusRange(value, value)
    if isinstance(value, str):
        if found := _CLASS.fullmatch(value):
            first = int(found.group(1)) * 100
            return StatusRange(first, first + 99)
        if (found := _RANGE.fullmatch(value)) and found.group(1) <= found.group(2):
            return StatusRange(int(found.group(1)), int(found.group(2)))
    raise ValueError(_WANTED)


def _ranges(value: object) -> object:
    values = value if isinstance(value, list | tuple) else [value]
    if not values:
        raise ValueError(_WANTED)
    return tuple(v if isinstance(v, StatusRange) else _range(v) for v in values)


Statuses = Annotated[tuple[StatusRange, ...], BeforeValidator(_ranges)]
