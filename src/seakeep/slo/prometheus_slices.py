"""Counts events by slices of time: what timeslice budgets and the search for clusters need."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

from seakeep.slo.prometheus_api import Point
from seakeep.slo.prometheus_grid import Grid, Span
from seakeep.slo.slices import Slices, nearest_length

__all__ = ["by_end", "by_time", "paired", "ratio_slices", "slice_grid", "slice_length_s"]

_RATIO_EVENTS = 1_000_000
"""How many events a ratio is written with, since slices hold whole numbers: six digits of it."""


def slice_length_s(span: Span, wanted_s: float) -> float:
    """Return the length of slices: that of the budget, or one to look for clusters with."""
    return wanted_s or nearest_length(span.window_s)


def slice_grid(span: Span, length_s: float) -> Grid | None:
    """Return the ends of the whole slices within a window; ``None`` when there is none."""
    first = math.ceil(span.start_s / length_s - 1e-9) + 1
    last = math.floor(span.end_s / length_s + 1e-9)
    if last < first:
        return None
    return Grid(first * length_s, last * length_s, length_s)


def by_end(points: Iterable[Point], length_s: float) -> dict[int, float]:
    """Return values over a slice, asked for at its end, by its index."""
    return {round(at_s / length_s) - 1: value for at_s, value in points if math.isfinite(value)}


def by_time(points: Iterable[Point], length_s: float) -> dict[int, float]:
    """Return the sums of values by the index of the slice that their times lie in."""
    sums: dict[int, float] = defaultdict(float)
    for at_s, value in points:
        if math.isfinite(value):
            sums[int(at_s // length_s)] += value
    return sums


def paired(
    totals: Mapping[int, float],
    bad: Callable[[int, float], float],
    whole: Callable[[float, float], tuple[int, int]],
    length_s: float,
) -> Slices:
    """Return the slices that had events.

    Args:
        totals: All events by slice.
        bad: The bad events of a slice, from its index and its total.
        whole: Good and bad events in whole numbers, from the total and the bad.
        length_s: The length of a slice, in seconds.
    """
    rows = [
        (index, *whole(total, min(total, max(0.0, bad(index, total)))))
        for index, total in sorted(totals.items())
        if total >= 0.5  # less is what extrapolation leaves of no event
    ]
    return Slices(
        length_s=length_s,
        indexes=tuple(index for index, _, _ in rows),
        good=tuple(good for _, good, _ in rows),
        valid=tuple(good + spoilt for _, good, spoilt in rows),
    )


def ratio_slices(ratios: Mapping[int, float], length_s: float) -> Slices:
    """Return slices whose ratios are known, and nothing else of them."""
    indexes = sorted(ratios)
    return Slices(
        length_s=length_s,
        indexes=tuple(indexes),
        good=tuple(round(ratios[index] * _RATIO_EVENTS) for index in indexes),
        valid=(_RATIO_EVENTS,) * len(indexes),
    )
