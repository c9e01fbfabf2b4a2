"""The scorecard: every experiment over weeks, and whether the platform recovers slower than before.

Runs of all locations count alike. What nobody measured is ``None``, never 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from seakeep.reports.experiment_run import ExperimentRun, ExperimentState
from seakeep.slo.trend import Shift, shifts

__all__ = ["RECENT", "Scorecard", "ScorecardRow", "make_scorecard"]

RECENT = timedelta(days=7)
"""What "lately" means: the last week is compared with the time before it."""

_MOST_ROWS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardRow:
    """One experiment in a period.

    Attributes:
        experiment: Its name.
        runs: Its runs in the period, oldest first.
        trend: How the recoveries of the last week compare with earlier ones.
    """

    experiment: str
    runs: tuple[ExperimentRun, ...]
    trend: Shift

    @property
    def states(self) -> Mapping[ExperimentState, int]:
        """Return how many runs ended how."""
        return Counter(run.state for run in self.runs)

    @property
    def not_recovered(self) -> int:
        """Return in how many of the failed runs recovery was not proven."""
        return sum(run.ending == "not_recovered" for run in self.runs)

    @property
    def last(self) -> ExperimentRun | None:
        """Return the latest run, if there was one."""
        return self.runs[-1] if self.runs else None

    @property
    def detect_p50_s(self) -> float | None:
        """Return the median time to detect, of the runs in which a breach was proven."""
        return _median(run.detect_s for run in self.runs)

    @property
    def recover_p50_s(self) -> float | None:
        """Return the median time to recover, of the runs that recovered."""
        return _median(run.recover_s for run in self.runs)

    @property
    def worst_error_ratio(self) -> float | None:
        """Return the share of bad answers in the worst second of all runs."""
        return _max(run.worst_error_ratio for run in self.runs)

    @property
    def worst_duration_s(self) -> float | None:
        """Return the slowest answer of all runs."""
        return _max(run.worst_duration_s for run in self.runs)

    @property
    def budget_spent(self) -> Mapping[str, float]:
        """Return how much of each objective's error budget its runs took; those that are known."""
        return _spent(self.runs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """All experiments of a platform in a period.

    Attributes:
        since: Where the period begins (UTC).
        until: Where it ends.
        rows: One per experiment.
    """

    since: datetime
    until: datetime
    rows: tuple[ScorecardRow, ...]

    @property
    def compared(self) -> int:
        """Return of how many experiments recovery could be compared."""
        return sum(row.trend.p_value is not None for row in self.rows)

    @property
    def budget_spent(self) -> Mapping[str, float]:
        """Return how much of each objective's error budget all experiments took together."""
        return _spent(run for row in self.rows for run in row.runs)


def make_scorecard(
    runs: Sequence[ExperimentRun],
    *,
    since: datetime,
    until: datetime,
    declared: Sequence[str] = (),
) -> Scorecard:
    """Return the scorecard of a period.

    Args:
        runs: All runs that are known, oldest first; those before the period count for the trend.
        since: Where the period begins.
        until: Where it ends.
        declared: Experiments that have a row even if they never ran; they come first.
    """
    by_name: dict[str, list[ExperimentRun]] = {name: [] for name in declared}
    for run in sorted(runs, key=lambda run: (run.name, run.at)):
        by_name.setdefault(run.name, []).append(run)
    kept = dict([*by_name.items()][: max(len(declared), _MOST_ROWS)])
    trends = shifts({name: _halves(found, until) for name, found in kept.items()})
    rows = (
        ScorecardRow(
            experiment=name,
            runs=tuple(run for run in found if since <= run.at <= until),
            trend=trends[name],
        )
        for name, found in kept.items()
    )
    shown = (row for row in rows if row.runs or row.experiment in declared)
    return Scorecard(since=since, until=until, rows=tuple(shown))


def _halves(runs: Iterable[ExperimentRun], until: datetime) -> tuple[list[float], list[float]]:
    """Return the recoveries before the last week and in it.

    A platform that did not come back recovered slower than any that did: to leave it out would
    make the worst look best.
    """
    early: list[float] = []
    late: list[float] = []
    for run in runs:
        took_s = math.inf if run.ending == "not_recovered" else run.recover_s
        if took_s is not None:
            (late if run.at > until - RECENT else early).append(took_s)
    return early, late


def _spent(runs: Iterable[ExperimentRun]) -> dict[str, float]:
    total: dict[str, float] = {}
    for run in runs:
        for impact in run.objectives:
            if impact.budget_spent is not None:
                total[impact.objective] = total.get(impact.objective, 0.0) + impact.budget_spent
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _max(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)
