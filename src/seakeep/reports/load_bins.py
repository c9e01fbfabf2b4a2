"""Observations by short stretches of the run: how many there were, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from seakeep.histogram import Histogram
from seakeep.observation import Observation, Outcome

__all__ = ["LoadBin", "bin_load"]


@dataclass(frozen=True, slots=True)
class LoadBin:
    """The requests that began in one short stretch of the run.

    Attributes:
        start_s: Where it begins, in seconds since the run's start.
        count: Valid requests.
        bad: Those of them that failed.
        p50_s: Their median duration, within `seakeep.histogram.ACCURACY`; 0 without any.
        p95_s: Their 95th percentile, as near.
        invalid: Requests that say nothing of the platform.
    """

    start_s: float
    count: int
    bad: int
    p50_s: float
    p95_s: float
    invalid: int = 0


@dataclass(slots=True)
class _Growing:
    durations: Histogram = field(default_factory=Histogram)
    bad: int = 0
    invalid: int = 0

    def add(self, seen: Observation) -> None:
        if seen.outcome is Outcome.INVALID:
            self.invalid += seen.events
            return
        if seen.batch is None:
            self.durations.add(seen.duration_s)
        else:
            self.durations.merge(seen.batch.durations)
        self.bad += seen.events if seen.outcome is Outcome.BAD else 0

    def bin(self, start_s: float) -> LoadBin:
        p50_s, p95_s = (self.durations.quantile(share) or 0.0 for share in (0.5, 0.95))
        return LoadBin(start_s, self.durations.count, self.bad, p50_s, p95_s, self.invalid)


def bin_load(
    observations: Iterable[Observation], start: datetime, width_s: float
) -> tuple[LoadBin, ...]:
    """Return the bins that have requests, in order of time; a batch lies where it begins."""
    growing: dict[int, _Growing] = {}
    for seen in observations:
        index = int((seen.at - start).total_seconds() // width_s)
        growing.setdefault(index, _Growing()).add(seen)
    return tuple(growing[index].bin(index * width_s) for index in sorted(growing))
