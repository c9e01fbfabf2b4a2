"""Counts a window: whole slices from the roll-up, the edges and what is new from observations."""

from __future__ import annotations

from dataclasses import dataclass, field

from seakeep.slo.objective import ObservedRatio
from seakeep.slo.rollup import DAY_S, MINUTE_S, Cover, Slice, cover
from seakeep.slo.rollup_events import count_events
from seakeep.slo.rollup_store import (
    Rollup,
    complete_from_us,
    folded_id,
    read_causes,
    read_counts,
    read_values,
)
from seakeep.store import Condition, Store

__all__ = ["WindowCount", "count_window"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """The events of a window.

    Attributes:
        start_us: Where what was counted begins, in microseconds since 1970: where it was asked
            to, or up to a minute before, where observations were pruned.
        end_us: Where it ends, which is no longer part of it.
        steps: The events by the begin of a step, in seconds since 1970, and by experiment.
        totals: All of them by experiment, with causes and values.
    """

    start_us: int
    end_us: int
    steps: dict[tuple[int, str], Slice] = field(default_factory=dict)
    totals: dict[str, Slice] = field(default_factory=dict)


def count_window(
    store: Store,
    rollup: Rollup,
    indicator: ObservedRatio,
    window: tuple[int, int],
    *,
    step_s: int = DAY_S,
    location: str = "*",
) -> WindowCount:
    """Return the events of a window, as they are at one moment, whatever is written meanwhile.

    Args:
        store: Where they are.
        rollup: The indicator's roll-up.
        indicator: Which observations are events.
        window: Its begin and its end, which is no longer part of it, in microseconds since 1970.
        step_s: The length of a step, in seconds; whole minutes.
        location: A glob for where the observer stood.

    Raises:
        StoreError: The store can't be read.
    """
    with store.snapshot():
        covered = cover(*window, complete_from_us(store))
        count = WindowCount(start_us=covered.start_us, end_us=covered.end_us)
        _add_slices(count, store, rollup, covered, step_s, location)
        for condition in _not_in_slices(rollup.platform, covered, folded_id(store, rollup)):
            _add_events(count, store, indicator, condition, step_s, location)
    return count


def _add_slices(
    count: WindowCount, store: Store, rollup: Rollup, covered: Cover, step_s: int, location: str
) -> None:
    longest_s = max(level for level in (DAY_S, 3600, MINUTE_S) if step_s % level == 0)
    for start_s, planned, counts in read_counts(
        store, rollup, covered.pieces(longest_s), step_s, location
    ):
        count.steps.setdefault((start_s, planned), Slice()).merge(counts)
        count.totals.setdefault(planned, Slice()).merge(counts)
    for planned, causes in read_causes(store, rollup, covered.pieces(), location):
        count.totals[planned].merge(causes)
    for planned, values in read_values(store, rollup, covered.pieces(), location):
        count.totals[planned].values.merge(values)


def _not_in_slices(platform: str, covered: Cover, folded: int) -> list[Condition]:
    """The edges, and what came since the last folding; no observation meets two of these."""
    edges = [
        Condition("platform = ? AND at_us >= ? AND at_us < ?", (platform, *edge))
        for edge in covered.edges
    ]
    new = (folded, platform, *covered.inner)
    return [*edges, Condition("id > ? AND +platform = ? AND +at_us >= ? AND +at_us < ?", new)]


def _add_events(
    count: WindowCount,
    store: Store,
    indicator: ObservedRatio,
    condition: Condition,
    step_s: int,
    location: str,
) -> None:
    here = Condition("location GLOB ?", (location,))
    for key, one in count_events(store, indicator, condition, here).items():
        step = (key.start_s // step_s * step_s, key.planned)
        count.steps.setdefault(step, Slice()).merge(one)
        count.totals.setdefault(key.planned, Slice()).merge(one)
