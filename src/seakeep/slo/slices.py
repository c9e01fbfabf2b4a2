"""Events counted by slices of time: what timeslice budgets and the design effect are made of.

Slices lie on the clock: each begins at a whole multiple of its length since 1970, so that the same
event falls into the same slice whoever counts it, and shorter slices merge into longer ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["MOST_SLICES", "Slices", "merged", "microseconds", "nearest_length", "sliced", "summed"]

MOST_SLICES = 60
"""The most slices that a stretch of time is cut into to look for clusters.

Batch means are good with 10 to 30 batches and gain little from more: Schmeiser, "Batch size effects
in the analysis of simulation output", Operations Research 30 (1982), 556-568. The lengths below are
at most 2.5 apart, so 60 leaves at least 24."""

_DAY_S = 86_400.0
_LENGTHS_S = (
    *(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    *(1.0, 2.0, 5.0, 10.0, 15.0, 30.0),
    *(60.0, 120.0, 300.0, 600.0, 900.0, 1800.0),
    *(3600.0, 7200.0, 10_800.0, 21_600.0, 43_200.0, 86_400.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Slices:
    """The events of each slice that had any, column by column, oldest first.

    Attributes:
        length_s: The length of a slice, in seconds.
        indexes: Which slices: the whole lengths between 1970 and their begin.
        good: The good events of each; or the sum of the ratios of the slices that it is made of.
        valid: All its events, at least 1; or the number of those slices.
    """

    length_s: float
    indexes: tuple[int, ...] = ()
    good: tuple[float, ...] = ()
    valid: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.indexes)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Return the share of good events of each slice."""
        return tuple(good / valid for good, valid in zip(self.good, self.valid, strict=True))

    def judged(self, target: float) -> Slices:
        """Return the slices as events themselves, each good when its ratio reaches a target."""
        return self._one_each(tuple(float(ratio >= target) for ratio in self.ratios))

    def averaged(self) -> Slices:
        """Return the slices as values themselves: their ratios, whatever their events' number."""
        return self._one_each(self.ratios)

    def _one_each(self, values: tuple[float, ...]) -> Slices:
        ones = (1,) * len(self)
        return Slices(length_s=self.length_s, indexes=self.indexes, good=values, valid=ones)


def sliced(length_s: float, events: Iterable[tuple[float, bool]]) -> Slices:
    """Return events, each a time in seconds since 1970 and whether it was good, by slice."""
    length_us = microseconds(length_s)
    counts: dict[int, tuple[float, int]] = {}
    for at_s, good in events:
        _add(counts, round(at_s * 1e6) // length_us, good, 1)
    return _from_counts(length_s, counts)


def summed(length_s: float, counts: Iterable[tuple[int, int, int]]) -> Slices:
    """Return slices from counts, each of an index, good events and all events; they add up."""
    sums: dict[int, tuple[float, int]] = {}
    for index, good, valid in counts:
        _add(sums, index, good, valid)
    return _from_counts(length_s, sums)


def merged(slices: Slices, length_s: float) -> Slices:
    """Return the same events by longer slices; an event stays where its slice begins."""
    counts: dict[int, tuple[float, int]] = {}
    from_us, to_us = microseconds(slices.length_s), microseconds(length_s)
    for index, good, valid in zip(slices.indexes, slices.good, slices.valid, strict=True):
        _add(counts, index * from_us // to_us, good, valid)
    return _from_counts(length_s, counts)


def nearest_length(span_s: float) -> float:
    """Return the shortest length, in seconds, that cuts a span into at most `MOST_SLICES`.

    It is one of those that shorter slices merge into: whole seconds, minutes, hours or days.
    """
    for length_s in _LENGTHS_S:
        if span_s <= length_s * MOST_SLICES:
            return length_s
    return math.ceil(span_s / MOST_SLICES / _DAY_S) * _DAY_S  # whole days, so 30 slices or more


def microseconds(length_s: float) -> int:
    """Return the length of a slice in whole microseconds: fractions of seconds are not exact."""
    return max(1, round(length_s * 1e6))


def _add(counts: dict[int, tuple[float, int]], index: int, good: float, valid: int) -> None:
    before = counts.get(index, (0, 0))
    counts[index] = (before[0] + good, before[1] + valid)


def _from_counts(length_s: float, counts: Mapping[int, tuple[float, int]]) -> Slices:
    indexes = tuple(sorted(counts))
    return Slices(
        length_s=length_s,
        indexes=indexes,
        good=tuple(counts[index][0] for index in indexes),
        valid=tuple(counts[index][1] for index in indexes),
    )
