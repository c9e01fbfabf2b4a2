"""Tallies an objective's events from roll-ups: the same tally, whatever the number of events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from seakeep.maintenance import Maintenance
from seakeep.slo.event_groups import Group, planned_events
from seakeep.slo.exclusion import label
from seakeep.slo.objective import ObservedRatio
from seakeep.slo.rollup import DAY_S, MINUTE_S, Slice
from seakeep.slo.rollup_store import Rollup, complete_from_us
from seakeep.slo.rollup_window import WindowCount, WindowCounter
from seakeep.slo.slices import Slices, nearest_length, summed
from seakeep.slo.source_seakeep import MOST_CAUSES, Scope, tally_events
from seakeep.slo.verdict import Tally
from seakeep.store import Store, to_us

__all__ = ["tally_rollup"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US_PER_S = 1_000_000
_MINUTE_US = MINUTE_S * _US_PER_S


def tally_rollup(
    store: Store,
    indicator: ObservedRatio,
    rollup: Rollup,
    scope: Scope,
    *,
    slice_s: float = 0.0,
    share: float | None = None,
) -> tuple[Tally, Scope]:
    """Return the tally of an indicator's events, and the scope that it is of.

    The counts are those of `tally_events`; a percentile is within one part in a hundred of its.
    The scope is wider, by less than a minute at either end, where a minute is all that is left.

    Args:
        store: Where the observations and roll-ups are.
        indicator: Which observations are events, and which are good.
        rollup: The indicator's roll-up, folded lately: what came since is counted one by one.
        scope: Which observations are looked at; of all runs.
        slice_s: The length of the tally's slices, in seconds; 0 for one that suits the time that
            the events cover. One that is not whole minutes is counted from the observations left.
        share: The share for which the percentile of the durations is wanted.

    Raises:
        StoreError: The store can't be read.
    """
    with store.snapshot():
        whole = _Window(store, indicator, rollup, scope)
        kept, groups = whole.kept(), whole.groups()
        slices = whole.slices(kept, slice_s)
    valid = kept.valid
    tally = Tally(
        good=kept.good,
        bad=kept.bad,
        invalid=kept.invalid,
        first_at=_time(kept.first_us),
        last_at=_time(kept.last_us),
        top_causes=_top_causes(kept),
        example=max(kept.examples.values(), default=(0, ""))[1],
        slices=slices,
        quantile_s=kept.values.quantile(share) if share is not None else None,
        quantile_share=share if valid else None,
        planned=planned_events(groups),
    )
    return tally, whole.scope


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of the window that lies in one maintenance, or in none, from its begin to its end."""

    start_us: int
    end_us: int
    upkeep: str


class _Window:
    """A window in its stretches, each counted."""

    def __init__(
        self, store: Store, indicator: ObservedRatio, rollup: Rollup, scope: Scope
    ) -> None:
        self._complete_us = complete_from_us(store)
        self._store, self._indicator = store, indicator
        self._counter = WindowCounter(store, rollup, indicator, scope.location)
        self._stretches = tuple(_stretches(scope, self._complete_us))
        self._counts = [self._counted(stretch) for stretch in self._stretches]
        self._exclude = scope.exclude
        self.scope = self._widened(scope)

    def _counted(
        self, stretch: _Stretch, step_s: int = DAY_S, *, details: bool = True
    ) -> WindowCount:
        window = (stretch.start_us, stretch.end_us)
        return self._counter.count(window, step_s=step_s, details=details)

    def _widened(self, scope: Scope) -> Scope:
        if not self._counts:
            return scope
        start_us, end_us = self._counts[0].start_us, self._counts[-1].end_us
        if start_us < to_us(scope.start):
            scope = replace(scope, start=_EPOCH + timedelta(microseconds=start_us))
        if end_us > to_us(scope.end) + 1:
            scope = replace(scope, end=_EPOCH + timedelta(microseconds=end_us))
        return scope

    def kept(self) -> Slice:
        """Return all events that are not left out."""
        kept = Slice()
        for stretch, count in zip(self._stretches, self._counts, strict=True):
            for experiment, one in count.totals.items():
                if not self._excludes(experiment, stretch):
                    kept.merge(one)
        return kept

    def groups(self) -> Iterator[Group]:
        """Yield the events by what was planned, whenever it was."""
        for stretch, count in zip(self._stretches, self._counts, strict=True):
            for experiment, one in count.totals.items():
                named = label(experiment, stretch.upkeep, self._exclude)
                excluded = self._excludes(experiment, stretch)
                yield Group(0, named, excluded, one.good, one.valid, one.invalid)

    def slices(self, kept: Slice, slice_s: float) -> Slices:
        """Return the events that are not left out by slices."""
        if kept.first_us is None or kept.last_us is None:
            return Slices(length_s=slice_s or nearest_length(0.0))
        length_s = slice_s or nearest_length((kept.last_us - kept.first_us) / _US_PER_S)
        if length_s % MINUTE_S == 0:
            return self._by_slice(int(length_s))
        if slice_s or kept.first_us >= self._complete_us:
            return self._from_observations(kept.first_us, kept.last_us, length_s)
        return self._by_slice(MINUTE_S)  # a minute is the shortest that is left

    def _by_slice(self, length_s: int) -> Slices:
        counts: list[tuple[int, int, int]] = []
        for stretch, known in zip(self._stretches, self._counts, strict=True):
            inside = {name for name in known.totals if not self._excludes(name, stretch)}
            steps = self._counted(stretch, length_s, details=False).steps
            counts += (
                (start_s // length_s, good, valid)
                for (start_s, experiment), (good, valid) in steps.items()
                if valid and experiment in inside
            )
        return summed(float(length_s), counts)

    def _from_observations(self, first_us: int, last_us: int, length_s: float) -> Slices:
        first, last = (_EPOCH + timedelta(microseconds=at_us) for at_us in (first_us, last_us))
        scope = replace(self.scope, start=first, end=last)
        tally = tally_events(self._store, self._indicator, scope, slice_s=length_s)
        return tally.slices or Slices(length_s=length_s)

    def _excludes(self, experiment: str, stretch: _Stretch) -> bool:
        named = label(experiment, stretch.upkeep, self._exclude)
        return named is not None and named[0] in self._exclude


def _stretches(scope: Scope, complete_us: int) -> Iterator[_Stretch]:
    """Cut the window where a maintenance begins or ends; of two at once, the first counts."""
    start_us, end_us = to_us(scope.start), to_us(scope.end) + 1
    upkeep = [(*_whole(one, complete_us), one.reason) for one in scope.maintenance]
    cuts = {at_us for first, last, _ in upkeep for at_us in (first, last)}
    inner = sorted(at_us for at_us in cuts if start_us < at_us < end_us)
    for first, last in zip((start_us, *inner), (*inner, end_us), strict=True):
        reasons = (reason for begin, end, reason in upkeep if begin <= first < end)
        if first < last:
            yield _Stretch(first, last, next(reasons, ""))


def _whole(maintenance: Maintenance, complete_us: int) -> tuple[int, int]:
    """Where observations are gone, minutes can't be divided: all of each belongs to it."""
    start_us, end_us = to_us(maintenance.start), to_us(maintenance.end)
    if start_us < complete_us:
        start_us = start_us // _MINUTE_US * _MINUTE_US
    if end_us // _MINUTE_US * _MINUTE_US < complete_us:
        end_us = -(-end_us // _MINUTE_US) * _MINUTE_US
    return start_us, end_us


def _top_causes(kept: Slice) -> tuple[tuple[str, int], ...]:
    commonest = sorted(kept.causes.items(), key=lambda one: (-one[1], one[0]))
    return tuple(commonest[:MOST_CAUSES])


def _time(at_us: int | None) -> datetime | None:
    return None if at_us is None else _EPOCH + timedelta(microseconds=at_us)
