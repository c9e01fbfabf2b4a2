"""Has a load run search for the capacity: makes its schedule as it goes, step after step.

A step is a rate that is held, then silence until all that it started has ended, so that no step
pays for the backlog of the one before. A step that is broken for certain is not held any longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from rich.text import Text

from seakeep.load.capacity_report import outcome_line, step_line
from seakeep.load.growing import GrowingSchedule, Stretch
from seakeep.load.search import Search
from seakeep.load.search_step import Step
from seakeep.load.step_tally import StepTally
from seakeep.load.unanswered import Unanswered
from seakeep.observation import Kind, Observation
from seakeep.slo.objective import Objective

__all__ = ["CapacityRun", "latency_limits", "set_apart"]

_AHEAD_S = 1.0
"""The schedule is made that long before it is due: every process must have heard of it."""
_PIECE_S = 0.5
_SILENT_S = 2.5
"""A process that tells nothing for so long after a step is not waited for: they do each second."""


def latency_limits(objectives: Iterable[Objective]) -> tuple[tuple[float, float], ...]:
    """Return the longest duration, in seconds, and the target of each objective that has one."""
    return tuple(
        (limit.value, objective.target)
        for objective in objectives
        for limit in objective.duration_limits
        if limit.operator.is_upper
    )


def set_apart(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Yield observations as a search stores them: its load is of a kind that no objective counts.

    A search breaks objectives on purpose, which is not to spend the budgets of the weeks to come.
    """
    for seen in observations:
        yield replace(seen, kind=Kind.CAPACITY) if seen.kind is Kind.LOAD else seen


@dataclass(slots=True)
class _UnderWay:
    """A step that is under way, in seconds of the run's clock."""

    step: Step
    tally: StepTally
    chosen_s: float
    start_s: float
    end_s: float
    is_broken: bool = False


class CapacityRun:
    """Drives a `Search` by the clock of a run. `advance` it several times a second."""

    def __init__(
        self,
        search: Search,
        schedule: GrowingSchedule,
        objectives: Iterable[Objective],
        *,
        max_missed_share: float,
        patience_s: float,
    ) -> None:
        """Begin no step yet.

        Args:
            search: Says which steps to take.
            schedule: The run's, still empty.
            objectives: What a step is judged by.
            max_missed_share: The share of the arrivals that may be missed.
            patience_s: How long after a step its last answers may take.
        """
        self.search = search
        self._schedule = schedule
        self._objectives = tuple(objectives)
        self._max_missed_share = max_missed_share
        self._patience_s = patience_s
        self._current: _UnderWay | None = None
        self._before: Unanswered | None = None
        self._times = schedule.times()

    def see(self, observations: Sequence[Observation]) -> None:
        """Take what processes of the run told."""
        if self._current is not None:
            self._current.tally.see(observations)

    def advance(self, elapsed_s: float, now: float) -> Iterator[Text]:
        """Do what is to be done at this moment; yields what there is to say.

        The schedule is ended when the search is over.

        Args:
            elapsed_s: What the run's clock shows, in seconds.
            now: The same moment in Unix time.
        """
        if self._current is not None and self._is_over(self._current, elapsed_s):
            yield self._take(self._current, elapsed_s)
            self._before, self._current = self._current.tally.unanswered, None
        if self._current is None:
            step = self.search.next()
            if step is None:
                self._schedule.ended = True
                return
            self._current = self._begun(step, elapsed_s, now)
            yield step_line(step)
        self._go_on(self._current, elapsed_s)

    def _begun(self, step: Step, elapsed_s: float, now: float) -> _UnderWay:
        start_s = max(elapsed_s, 0.0) + _AHEAD_S
        pause_s = max(0.0, start_s - self._schedule.duration_s)
        if pause_s:
            self._schedule.extend(Stretch(0.0, pause_s))
        start_s = self._schedule.duration_s
        began_at = now + start_s - elapsed_s
        tally = StepTally(step, began_at, self._objectives, self._before)
        return _UnderWay(step, tally, elapsed_s, start_s, start_s + step.hold_s)

    def _go_on(self, current: _UnderWay, elapsed_s: float) -> None:
        """Hold the rate for a little longer, unless it is broken."""
        known_s = self._schedule.duration_s
        if current.tally.is_broken(self._max_missed_share) and known_s < current.end_s:
            current.end_s, current.is_broken = known_s, True
        while known_s < min(elapsed_s + _AHEAD_S, current.end_s):
            piece_s = min(_PIECE_S, current.end_s - known_s)
            self._schedule.extend(Stretch(current.step.rate_per_s, piece_s))
            known_s = self._schedule.duration_s

    def _is_over(self, current: _UnderWay, elapsed_s: float) -> bool:
        since_s = elapsed_s - current.end_s
        if since_s < 0:
            return False
        held_s = current.end_s - current.start_s
        has_told = current.tally.has_told_of(held_s) or since_s > _SILENT_S
        has_ended = current.tally.outstanding() == 0 or since_s > self._patience_s
        return has_told and has_ended

    def _take(self, current: _UnderWay, elapsed_s: float) -> Text:
        outcome = current.tally.outcome(
            current.end_s - current.start_s,
            elapsed_s - current.chosen_s,
            expected=sum(1 for _ in iter(partial(next, self._times, None), None)),
            max_missed_share=self._max_missed_share,
            is_broken=current.is_broken,
        )
        self.search.take(outcome)
        return outcome_line(outcome)
