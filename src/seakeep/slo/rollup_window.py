"""Counts a window: whole slices from the roll-up, the edges and what is new from observations."""

from __future__ import annotations

from dataclasses import dataclass, field

from seakeep.slo.objective import ObservedRatio
from seakeep.slo.rollup import DAY_S, LEVELS_S, Counts, Cover, Slice, cover
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

__all__ = ["WindowCount", "WindowCounter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowCount:
    """The events of a window.

    Attributes:
        start_us: Where what was counted begins, in microseconds since 1970: where it was asked
            to, or up to a minute before, where observations were pruned.
        end_us: Where it ends, which is no longer part of it.
        steps: The good and the valid events by the begin of a step, in seconds since 1970, and by
            experiment.
        totals: All of them by experiment, with causes and values.
    """

    start_us: int
    end_us: int
    steps: dict[tuple[int, str], tuple[int, int]] = field(default_factory=dict)
    totals: dict[str, Slice] = field(default_factory=dict)

    def add(self, step_s: int, experiment: str, counts: Counts) -> None:
        """Add the events of a step."""
        good, valid = self.steps.get((step_s, experiment), (0, 0))
        valid += counts.good + counts.bad
        self.steps[step_s, experiment] = (good + counts.good, valid)
        self.total(experiment).add(counts)

    def total(self, experiment: str) -> Slice:
        """Return the total of an experiment, to add to."""
        if experiment not in self.totals:
            self.totals[experiment] = Slice()
        return self.totals[experiment]


@dataclass(frozen=True, slots=True)
class WindowCounter:
    """Counts windows of one indicator.

    Attributes:
        store: Where its roll-up is.
        rollup: The roll-up.
        indicator: Which observations are events, and which are good.
        location: A glob for where the observer stood.
    """

    store: Store
    rollup: Rollup
    indicator: ObservedRatio
    location: str = "*"

    def count(
        self, window: tuple[int, int], *, step_s: int = DAY_S, details: bool = True
    ) -> WindowCount:
        """Return the events of a window, as they are at one moment, whatever is written meanwhile.

        Args:
            window: Its begin and its end, which is no longer part of it, in microseconds.
            step_s: The length of a step, in seconds; whole minutes.
            details: Whether causes and values are wanted too.

        Raises:
            StoreError: The store can't be read.
        """
        with self.store.snapshot():
            covered = cover(*window, complete_from_us(self.store))
            count = WindowCount(start_us=covered.start_us, end_us=covered.end_us)
            self._add_slices(count, covered, step_s)
            if details:
                self._add_details(count, covered)
            for condition in self._not_in_slices(covered):
                self._add_events(count, condition, step_s)
        return count

    def _add_slices(self, count: WindowCount, covered: Cover, step_s: int) -> None:
        longest_s = max(level_s for level_s in LEVELS_S if step_s % level_s == 0)
        pieces = covered.pieces(longest_s)
        for row in read_counts(self.store, self.rollup, pieces, step_s, self.location):
            count.add(*row)

    def _add_details(self, count: WindowCount, covered: Cover) -> None:
        which = (self.store, self.rollup)
        for experiment, causes in read_causes(*which, covered.pieces(), self.location):
            count.total(experiment).learn(causes)
        for experiment, values in read_values(*which, covered.pieces(), self.location):
            count.total(experiment).values.merge(values)

    def _not_in_slices(self, covered: Cover) -> list[Condition]:
        """The edges, and what came since the last folding; no observation meets two of these."""
        platform = self.rollup.platform
        edges = [
            Condition("platform = ? AND at_us >= ? AND at_us < ?", (platform, *edge))
            for edge in covered.edges
        ]
        # The plus signs keep SQLite from the index by platform and time: few ids are that new.
        new = "id > ? AND +platform = ? AND +at_us >= ? AND +at_us < ?"
        since = folded_id(self.store, self.rollup)
        return [*edges, Condition(new, (since, platform, *covered.inner))]

    def _add_events(self, count: WindowCount, condition: Condition, step_s: int) -> None:
        here = Condition("location GLOB ?", (self.location,))
        for key, one in count_events(self.store, self.indicator, condition, here).items():
            count.add(key.start_s // step_s * step_s, key.planned, one.counts)
            count.total(key.planned).learn(one)
