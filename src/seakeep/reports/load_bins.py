"""Observations by short stretches of the run: how many there were, and how long they took."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from seakeep.histogram import Histogram
from seakeep.observation import Observation, Outcome

__all__ = ["LoadBin", "bin_events", "bin_load"]

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class LoadBin:
    """The requests that began in one short stretch of the run.

    Attributes:
        start_s: Where it begins, in seconds since the run's start.
        count: Valid requests.
        bad: Those of them that failed.
        p50_s: Their median duration, within `seakeep.histogram.ACCURACY`; 0 without any.
        p95_s: Their 95th percentile, as near.
        length_s: How long it is: rates are numbers per so much time.
        invalid: Requests that say nothing of the platform.
    """

    start_s: float
    count: int
    bad: int
    p50_s: float
    p95_s: float
    length_s: float
    invalid: int = 0


@dataclass(slots=True)
class _Growing:
    first_s: float = math.inf
    last_s: float = -math.inf
    durations: Histogram = field(default_factory=Histogram)
    bad: int = 0
    invalid: int = 0

    @property
    def events(self) -> int:
        return self.durations.count + self.invalid

    def add(self, durations: Histogram, outcome: Outcome) -> None:
        if outcome is Outcome.INVALID:
            self.invalid += durations.count
            return
        self.durations.merge(durations)
        self.bad += durations.count if outcome is Outcome.BAD else 0

    def merge(self, other: _Growing) -> None:
        self.durations.merge(other.durations)
        self.bad += other.bad
        self.invalid += other.invalid

    def bin(self, start_s: float, end_s: float) -> LoadBin:
        p50_s, p95_s = (self.durations.quantile(share) or 0.0 for share in (0.5, 0.95))
        return LoadBin(
            start_s=start_s,
            count=self.durations.count,
            bad=self.bad,
            p50_s=p50_s,
            p95_s=p95_s,
            length_s=round(end_s - start_s, 6),  # times are known to the microsecond
            invalid=self.invalid,
        )


@dataclass(frozen=True, slots=True)
class _Events:
    """The events of an observation, at even distances from the first to the last.

    When each event of a batch was is not recorded, but the first and the last are.
    """

    first_s: float
    spread_s: float
    durations: Histogram
    outcome: Outcome

    @classmethod
    def of(cls, seen: Observation, start: datetime) -> _Events:
        first_s = (seen.at - start).total_seconds()
        if seen.batch is None:
            return cls(first_s, 0.0, Histogram([seen.duration_s]), seen.outcome)
        spread_s = seen.attributes.get("spread_s")
        if seen.batch.count == 1:
            spread_s = 0.0
        elif not isinstance(spread_s, float | int):  # all were within that second of the clock
            spread_s = (seen.at.replace(microsecond=0) + _SECOND - seen.at).total_seconds()
        return cls(first_s, max(0.0, spread_s), seen.batch.durations, seen.outcome)

    def by_slot(self, width_s: float) -> Iterator[tuple[int, Histogram]]:
        """Yield the slots they lie in, each with the durations of those within."""
        rest, count = self.durations, self.durations.count
        slot = int(self.first_s // width_s)
        passed = 0
        while rest.count:
            before = min(count, max(passed, self._before((slot + 1) * width_s, count)))
            if before == count:
                yield slot, rest
                return
            if before > passed:
                some, rest = rest.parted(before - passed)
                yield slot, some
            slot, passed = slot + 1, before

    def _before(self, end_s: float, count: int) -> int:
        """Return how many are before a time that is after the first."""
        if self.first_s + self.spread_s < end_s:
            return count
        return math.ceil((end_s - self.first_s) * (count - 1) / self.spread_s)


def bin_events(
    observations: Iterable[Observation], start: datetime, width_s: float
) -> tuple[LoadBin, ...]:
    """Return the bins that have events, in order of time, all of one width in seconds."""
    slots = _slots([_Events.of(seen, start) for seen in observations], width_s)
    return tuple(
        found.bin(slot * width_s, (slot + 1) * width_s) for slot, found in sorted(slots.items())
    )


def bin_load(
    observations: Iterable[Observation], start: datetime, width_s: float
) -> tuple[LoadBin, ...]:
    """Return the bins that have requests, in order of time, so that an even rate looks even.

    All have one width but the first and the last before a pause, which are as long as there was
    load in them; what would be less than half a bin is part of the one beside it.
    """
    slots = _slots([_Events.of(seen, start) for seen in observations], width_s)
    edges = {slot: _edges(slots, slot, width_s) for slot in slots}
    for slot, (begin_s, end_s) in sorted(edges.items()):
        beside = slot - 1 if slot - 1 in slots else slot + 1
        if beside in slots and end_s - begin_s < width_s / 2:
            slots[beside].merge(slots.pop(slot))
            both = (*edges.pop(slot), *edges[beside])
            edges[beside] = (min(both), max(both))
    return tuple(found.bin(*edges[slot]) for slot, found in sorted(slots.items()))


def _edges(slots: dict[int, _Growing], slot: int, width_s: float) -> tuple[float, float]:
    """Return from when to when there was load in a slot.

    Where a slot beside it has none, load begins or ends half of the usual time between two requests
    from the first or last of them. The slot on its other side tells that time.
    """
    before, after = slots.get(slot - 1), slots.get(slot + 1)
    begin_s, end_s = slot * width_s, (slot + 1) * width_s
    if before is None and after is not None:
        begin_s = max(begin_s, slots[slot].first_s - width_s / after.events / 2)
    if after is None and before is not None:
        end_s = min(end_s, slots[slot].last_s + width_s / before.events / 2)
    return begin_s, end_s


def _slots(events: Iterable[_Events], width_s: float) -> dict[int, _Growing]:
    slots: dict[int, _Growing] = {}
    for each in events:
        last_s = each.first_s + each.spread_s
        for slot, durations in each.by_slot(width_s):
            growing = slots.setdefault(slot, _Growing())
            growing.add(durations, each.outcome)
            growing.first_s = min(growing.first_s, max(each.first_s, slot * width_s))
            growing.last_s = max(growing.last_s, min(last_s, (slot + 1) * width_s))
    return slots
