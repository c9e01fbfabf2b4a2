"""The time axis that all lanes of the timeline share, and the scales of their values."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

__all__ = ["Axis", "bin_width_s", "ticks", "top_of"]

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
_MAX_BINS = 180


@dataclass(frozen=True, slots=True)
class Axis:
    """Where times lie in the picture.

    Attributes:
        start: The run's start.
        span_s: Its length in seconds, above zero.
        left: Where the plot begins, in pixels.
        right: Where it ends.
    """

    start: datetime
    span_s: float
    left: float
    right: float

    def offset_s(self, at: datetime) -> float:
        """Return the seconds from the run's start."""
        return (at - self.start).total_seconds()

    def x(self, offset_s: float) -> float:
        """Return the pixel of a time; times outside the run lie on its edge."""
        share = min(1.0, max(0.0, offset_s / self.span_s))
        return self.left + share * (self.right - self.left)

    def covers(self, at: datetime) -> bool:
        """Return whether a time lies within the run."""
        return 0 <= self.offset_s(at) <= self.span_s


def bin_width_s(span_s: float) -> float:
    """Return the width of a bin: a second, or what keeps their number legible."""
    fitting = (step for step in _STEPS if span_s / step <= _MAX_BINS)
    return float(next(fitting, math.ceil(span_s / _MAX_BINS)))


def ticks(span_s: float, most: int) -> Iterator[float]:
    """Yield round times from zero on, at most about ``most`` of them."""
    step = float(next((s for s in _STEPS if span_s / s <= most), math.ceil(span_s / most)))
    at = 0.0
    while at <= span_s:
        yield at
        at += step


def top_of(value: float) -> float:
    """Return the least of 1, 2, 2.5, 4, 5, 8 or 10 times a power of ten that holds ``value``."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    factors = (1, 2, 2.5, 4, 5, 8, 10)
    return next((f * power for f in factors if f * power >= value * 0.999), 10 * power)
