"""Counts what comes of one step of a search: from a run's observations to the step's outcome."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seakeep.generator import GeneratorSecond
from seakeep.load.search_step import (
    Judgement,
    ObjectiveCount,
    Step,
    StepCounts,
    StepOutcome,
    judge_step,
)
from seakeep.load.unanswered import Unanswered
from seakeep.load_summary import LoadSummary, LoadSummer
from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo.objective import Objective

__all__ = ["StepTally"]

_TOLD_EVERY_S = 1.0
_EARLY_S = 0.5
"""Clocks of several machines differ; before a step nothing arrives for longer than this."""

_MOST_UNFIT_SECONDS, _MOST_UNFIT_SHARE = 1, 0.2
_MOST_HELD_BACK_SHARE = 0.05
_LEAST_MADE_SHARE = 0.99
"""With fewer arrivals it was another rate that was held."""


class StepTally:
    """What was seen of a step until now.

    Attributes:
        step: Which.
        unanswered: Who waits for an answer.
    """

    def __init__(
        self,
        step: Step,
        began_at: float,
        objectives: Iterable[Objective],
        before: Unanswered | None = None,
    ) -> None:
        """Count for a step.

        Args:
            step: Which.
            began_at: When its first arrival is due (Unix time, in seconds). What arrived before is
                of the step before.
            objectives: What it is judged by.
            before: Who waited for an answer when the step before was over.
        """
        self.step = step
        self._began_at = began_at
        self._objectives = tuple(objectives)
        self._good = dict.fromkeys((o.name for o in self._objectives), 0)
        self._valid = dict(self._good)
        self._due = self._missed = self._most_waiting = 0
        self._users: dict[str, int] = {}
        self._summer = LoadSummer()
        self._outstanding: dict[str, list[tuple[float, int]]] = {}
        self._limiting = {o.name for o in self._objectives if o.limits_duration}
        self.unanswered = before.after() if before else Unanswered(bool(self._limiting))

    def see(self, observations: Sequence[Observation]) -> None:
        """Take what processes of the run told."""
        for seen in observations:
            at = seen.at.timestamp()
            if seen.kind is Kind.GENERATOR:
                self._see_second(seen, at + _TOLD_EVERY_S)
            elif seen.kind is Kind.LOAD and at >= self._began_at - _EARLY_S:
                self._count(seen)
                self._summer.add(seen)
            elif seen.kind is Kind.LOAD:
                self.unanswered.see_older_end(seen.events)

    def _see_second(self, seen: Observation, ended_at: float) -> None:
        second = GeneratorSecond.of(seen)
        self.unanswered.see(second, is_before=ended_at <= self._began_at)
        if ended_at <= self._began_at - _EARLY_S:  # a second may well last a little longer
            return
        ends = (ended_at, second.waiting + second.busy)
        self._outstanding.setdefault(second.process, []).append(ends)
        self._due += second.due
        self._missed += second.missed
        self._most_waiting = max(self._most_waiting, second.waiting)
        self._users[second.process] = second.users
        self._summer.add(seen)

    def outstanding(self, at: float | None = None) -> int:
        """Return how many arrivals were waiting or at work at a time (Unix, s); now by default."""
        told = self._outstanding.values()
        if at is None:
            return sum(seconds[-1][1] for seconds in told)
        known = [[n for end, n in seconds if end <= at + _TOLD_EVERY_S / 2] for seconds in told]
        return sum(numbers[-1] for numbers in known if numbers)

    def has_told_of(self, held_s: float) -> bool:
        """Return whether every process has told of all that arrived in so many seconds."""
        return bool(self._outstanding) and not self._lost(held_s)

    def _lost(self, held_s: float) -> int:
        """Return how many processes have not told of all of it."""
        end_at = self._began_at + held_s
        return sum(seconds[-1][0] <= end_at for seconds in self._outstanding.values())

    def is_broken(self, max_missed_share: float) -> bool:
        """Return whether the step is broken already, while it goes on."""
        counts = self._counts(self.outstanding(), 0, hanging=self.unanswered.hanging)
        return judge_step(counts, max_missed_share=max_missed_share, under_way=True).held is False

    def outcome(
        self,
        hold_s: float,
        took_s: float,
        *,
        expected: int,
        max_missed_share: float,
        is_broken: bool,
    ) -> StepOutcome:
        """Return what came of the step, once all that it started has ended.

        Args:
            hold_s: How long the rate was held in truth, in seconds.
            took_s: The same with all that belongs to it.
            expected: The arrivals of that time, by the schedule.
            max_missed_share: The share of the arrivals that may be missed.
            is_broken: Whether it was ended early, since it was broken.
        """
        summary = self._summer.summary()
        midway = self.outstanding(self._began_at + hold_s / 2)
        at_end = self.outstanding(self._began_at + hold_s)
        counts = self._counts(at_end, midway, unanswered=self.unanswered.left)
        judgement = judge_step(counts, max_missed_share=max_missed_share)
        if is_broken and judgement.held is not False:
            judgement = Judgement(held=False, broke=judgement.broke or "broken for a while")
        unfit = self._unmade(hold_s, expected) or _unfit(summary)
        times = summary.total.response
        return StepOutcome(
            step=self.step,
            held=None if unfit else judgement.held,
            requests=summary.total.count,
            arrivals=counts.arrivals,
            missed=counts.missed,
            p50_s=times.p50_s,
            p95_s=times.p95_s,
            p99_s=times.p99_s,
            broke=judgement.broke and judgement.broke + self._short_of_users(),
            unfit=unfit,
            took_s=took_s,
        )

    def _unmade(self, hold_s: float, expected: int) -> str:
        """Tell a rate that was not made: a process was lost, or had no orders."""
        if self._due < _LEAST_MADE_SHARE * expected:
            return f"only {self._due} of {expected} arrivals were made"
        if lost := self._lost(hold_s):
            return f"{lost} of {len(self._outstanding)} processes were lost meanwhile"
        return ""

    def _count(self, seen: Observation) -> None:
        if seen.outcome is Outcome.INVALID:
            return
        for objective in self._objectives:
            if objective.is_event(seen):
                self._good[objective.name] += objective.good_events(seen)
                self._valid[objective.name] += seen.events

    def _short_of_users(self) -> str:
        """Tell a platform that is too slow from users who are too few."""
        if not self._most_waiting:
            return ""
        users, waited = sum(self._users.values()), self._most_waiting
        return f"; up to {waited} arrivals waited for one of {users} users"

    def _counts(
        self, outstanding: int, midway: int, *, hanging: int = 0, unanswered: int = 0
    ) -> StepCounts:
        valid = {name: n + hanging * (name in self._limiting) for name, n in self._valid.items()}
        return StepCounts(
            objectives=tuple(
                ObjectiveCount(o.name, self._good[o.name], valid[o.name], o.target)
                for o in self._objectives
            ),
            arrivals=self._due,
            completed=self._due - self._missed - outstanding,
            missed=self._missed,
            outstanding_midway=midway,
            unanswered=unanswered,
        )


def _unfit(summary: LoadSummary) -> str:
    """Return why the generator can't tell; a second of hiccup does not keep it from that."""
    told, held_back = summary.generator, summary.arrivals.held_back
    if told.unfit_seconds > max(_MOST_UNFIT_SECONDS, _MOST_UNFIT_SHARE * told.seconds):
        return told.why
    if held_back > _MOST_HELD_BACK_SHARE * max(summary.total.count, 1):
        return f"{held_back} requests were held back by the platform's limits.max_rate"
    return ""
