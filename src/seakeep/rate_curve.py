"""How many arrivals per second are due, over time: straight pieces, one after the other.

Pure arithmetic. The number due until a time is the integral of the rate, so a parabola on each
piece; the time of a number is its inverse, in closed form.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

__all__ = ["RateCurve", "Segment"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of time in which the rate goes straight from one value to another.

    Attributes:
        duration_s: How long it is; above zero.
        from_per_s: The rate at its beginning, zero or more.
        to_per_s: The rate at its end, zero or more.
    """

    duration_s: float
    from_per_s: float
    to_per_s: float

    def __post_init__(self) -> None:
        sound = (
            0 < self.duration_s < math.inf
            and 0 <= self.from_per_s < math.inf
            and 0 <= self.to_per_s < math.inf
        )
        if not sound:
            raise ValueError(f"{self}: wanted a duration above zero, and rates of zero or more")

    @property
    def count(self) -> float:
        """Return how many arrivals are due in it."""
        return (self.from_per_s + self.to_per_s) / 2 * self.duration_s

    def rate_at(self, elapsed_s: float) -> float:
        """Return the rate at a time since its beginning."""
        share = elapsed_s / self.duration_s
        return self.from_per_s * (1 - share) + self.to_per_s * share

    def count_until(self, elapsed_s: float) -> float:
        """Return how many arrivals are due until a time since its beginning."""
        return (self.from_per_s + self.rate_at(elapsed_s)) / 2 * elapsed_s

    def time_of(self, count: float) -> float:
        """Return the time since its beginning until which ``count`` arrivals are due.

        It solves ``from t + slope t^2 / 2 = count`` by the form of the quadratic formula that
        subtracts nothing large, and so holds for a slope of zero, too
        (Press et al., Numerical Recipes, 3rd ed. 2007, section 5.6).
        """
        slope = (self.to_per_s - self.from_per_s) / self.duration_s
        reached_per_s = math.sqrt(max(0.0, self.from_per_s**2 + 2 * slope * count))
        both_per_s = self.from_per_s + reached_per_s
        return min(2 * count / both_per_s, self.duration_s) if both_per_s else 0.0


@dataclass(frozen=True)
class RateCurve:
    """A rate over time, from zero to the end of its last segment; it may jump between two.

    Attributes:
        segments: At least one.
    """

    segments: tuple[Segment, ...]

    def __post_init__(self) -> None:
        if not self.segments:
            raise ValueError("a curve without segments: wanted at least one")

    @cached_property
    def _ends_s(self) -> list[float]:
        return list(accumulate(segment.duration_s for segment in self.segments))

    @cached_property
    def _counts(self) -> list[float]:
        """How many arrivals are due until the end of each segment."""
        return list(accumulate(segment.count for segment in self.segments))

    @property
    def duration_s(self) -> float:
        """Return when it ends."""
        return self._ends_s[-1]

    @property
    def count(self) -> float:
        """Return how many arrivals are due in all."""
        return self._counts[-1]

    @property
    def peak_per_s(self) -> float:
        """Return the highest rate."""
        return max(max(one.from_per_s, one.to_per_s) for one in self.segments)

    def rate_at(self, time_s: float) -> float:
        """Return the rate at a time; the new one where it jumps, and zero outside the curve."""
        if not 0 <= time_s <= self.duration_s:
            return 0.0
        index = min(bisect_right(self._ends_s, time_s), len(self.segments) - 1)
        return self.segments[index].rate_at(time_s - self._start_s(index))

    def count_until(self, time_s: float) -> float:
        """Return how many arrivals are due until a time: the integral of the rate."""
        if time_s <= 0:
            return 0.0
        if time_s >= self.duration_s:
            return self.count
        index = bisect_right(self._ends_s, time_s)
        within = self.segments[index].count_until(time_s - self._start_s(index))
        return self._start_count(index) + within

    def time_of(self, count: float) -> float:
        """Return the first time until which ``count`` arrivals are due: the inverse.

        Raises:
            ValueError: So many are never due, or the count is below zero.
        """
        if not 0 <= count <= self.count:
            raise ValueError(f"the arrival {count:g} of a curve of {self.count:g}")
        index = bisect_left(self._counts, count)
        within = self.segments[index].time_of(count - self._start_count(index))
        return self._start_s(index) + within

    def times_of(self, counts: Iterable[float]) -> Iterator[float]:
        """Yield the time of each count; they ascend, and the first that is never due ends it.

        It is `time_of` for many: about half a microsecond each.
        """
        index, end = 0, -1.0
        start_s = start = rate = double_slope = 0.0
        for count in counts:
            if count > end:
                if count > self.count:
                    return
                index = bisect_left(self._counts, count)
                segment, end = self.segments[index], self._counts[index]
                start_s, start = self._start_s(index), self._start_count(index)
                rate = segment.from_per_s
                double_slope = 2 * (segment.to_per_s - rate) / segment.duration_s
            due = count - start
            reached = math.sqrt(max(0.0, rate * rate + double_slope * due))
            both = rate + reached
            yield min(start_s + 2 * due / both, self._ends_s[index]) if both else start_s

    def scaled(self, factor: float) -> RateCurve:
        """Return the curve with each rate multiplied."""
        return RateCurve(
            tuple(
                replace(one, from_per_s=one.from_per_s * factor, to_per_s=one.to_per_s * factor)
                for one in self.segments
            )
        )

    def cut(self, duration_s: float) -> RateCurve:
        """Return what of the curve is before a time above zero; all of it when it ends earlier."""
        if duration_s >= self.duration_s:
            return self
        index = bisect_left(self._ends_s, duration_s)
        last, kept_s = self.segments[index], duration_s - self._start_s(index)
        part = Segment(kept_s, last.from_per_s, last.rate_at(kept_s))
        return RateCurve((*self.segments[:index], part))

    def _start_s(self, index: int) -> float:
        return self._ends_s[index - 1] if index else 0.0

    def _start_count(self, index: int) -> float:
        return self._counts[index - 1] if index else 0.0
