"""What the observer has seen in one experiment, and what that proves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from statistics import median

from seakeep.chaos.timeline import Timeline
from seakeep.observation import Observation, Outcome
from seakeep.slo.objective import Objective
from seakeep.slo.sequential import SequentialTest

__all__ = ["Breach", "Depth", "Evidence", "Phase"]

_ALPHA = 1e-5
"""The chance of ever ending a run early though an objective holds.

An experiment an hour is 8,760 a year. At the default of one in a thousand, platforms that spend
exactly what they may would see some ended for nothing; this takes one or two bad answers more.
"""

_STRETCH = 20
"""So many good observations in a row count as the steady state."""

_FEWEST = 5  # observations that a median is worth anything with
_BUCKET_S = 1.0


class Phase(StrEnum):
    """Where an observation lies, by its intended start."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Breach:
    """A proof that an objective does not hold, and when it was there."""

    objective: str
    at: datetime
    bad: int
    valid: int

    def __str__(self) -> str:
        return f"objective {self.objective} is breached: {self.bad} of {self.valid} answers bad"


@dataclass(frozen=True, slots=True)
class Depth:
    """How bad it was.

    Attributes:
        error_ratio: The largest share of bad answers in one second; ``None`` without answers.
        duration_s: The slowest answer, in seconds.
    """

    error_ratio: float | None
    duration_s: float | None


class Evidence:
    """Every observation, by phase; the tests of the objectives run along.

    The observer's thread adds, any other may read.

    Attributes:
        timeline: The clock of the session; all moments are on it.
        injected_at: When the first fault was asked for (UTC).
        in_place_at: When it was confirmed.
        gone_at: When the last fault was proven gone.
        breach: The first breach that was proven while a fault was in place.
        unanswered_since: Tells since when a request waits for its answer; ``None`` when none does.
    """

    def __init__(
        self,
        experiment: str,
        objectives: Sequence[Objective],
        timeline: Timeline | None = None,
    ) -> None:
        self.timeline = timeline or Timeline()
        self._experiment = experiment
        self._objectives = tuple(objectives)
        self._tests = {phase: _tests(objectives) for phase in (Phase.BEFORE, Phase.DURING)}
        self._seen: dict[Phase, list[Observation]] = {phase: [] for phase in Phase}
        self.injected_at: datetime | None = None
        self.in_place_at: datetime | None = None
        self.gone_at: datetime | None = None
        self.breach: Breach | None = None
        self.unanswered_since: Callable[[], datetime | None] = lambda: None

    def take(self, observation: Observation) -> Observation:
        """Take one observation into account, and return it with its experiment and phase."""
        phase = self._phase(observation.at)
        marks = {"experiment": self._experiment, "phase": phase.value}
        observation = replace(observation, attributes={**observation.attributes, **marks})
        self._seen[phase].append(observation)
        if observation.outcome is not Outcome.INVALID:
            self._judge(phase, observation)
        return observation

    def seen(self, phase: Phase) -> tuple[Observation, ...]:
        """Return the observations of a phase, by their intended start."""
        return tuple(sorted(self._seen[phase], key=lambda observation: observation.at))

    def unsteady(self) -> str:
        """Return why the time before the fault was no steady state; empty when it was one."""
        for name, test in self._tests[Phase.BEFORE].items():
            if test.breached:
                return f"objective {name} is breached before anything was injected"
        latest = {observation.name: observation for observation in self.seen(Phase.BEFORE)}
        for name, observation in latest.items():
            if observation.outcome is Outcome.BAD:
                return f"check {name} fails before anything was injected: {observation.message}"
        if not any(o.outcome is Outcome.GOOD for o in latest.values()):
            return "no check could be judged: the observer itself was not fit"
        return ""

    def recovered_at(self, least_rise_s: float, share: float = 1.0) -> datetime | None:
        """Return where the first steady stretch after the fault began, if there was one.

        What was asked before all that is unanswered yet counts: else requests that hang would be
        no part of a stretch, and answers from the pods that are well would make one.

        Args:
            least_rise_s: By how much the durations may be above the baseline's; 0 for any.
            share: The share of the pods that was hit; see `rise`.
        """
        until = self.unanswered_since()
        after = [o for o in _valid(self.seen(Phase.AFTER)) if until is None or o.at < until]
        limit_s = _quantile(_durations(self.seen(Phase.BEFORE)), share) + least_rise_s
        good = 0
        for count, observation in enumerate(after, start=1):
            good = good + 1 if self._is_good(observation) else 0
            if good >= _STRETCH:
                stretch = after[count - _STRETCH : count]
                if least_rise_s <= 0 or _quantile(_durations(stretch), share) <= limit_s:
                    return stretch[0].at
        return None

    @property
    def baseline_p50_s(self) -> float | None:
        """The median duration before the fault, in seconds."""
        return _p50(self.seen(Phase.BEFORE))

    @property
    def during_p50_s(self) -> float | None:
        """The median duration since the fault was confirmed, in seconds."""
        return _p50(self._in_place())

    @property
    def judged_during(self) -> bool:
        """Whether any answer to what was asked while a fault was in place could be judged."""
        return any(o.outcome is not Outcome.INVALID for o in self._seen[Phase.DURING])

    def rise(self, share: float) -> tuple[float, float] | None:
        """Return the durations before and during a fault on some of the pods, in seconds.

        The slowest ``share`` of the answers come from the pods that are hit, so that the middle of
        these, the quantile ``1 - share / 2`` of all, tells how slow they are. With every pod hit
        that is the median. ``None`` when there are too few answers.
        """
        before, during = _durations(self.seen(Phase.BEFORE)), _durations(self._in_place())
        if min(len(before), len(during)) < _FEWEST:
            return None
        return _quantile(before, share), _quantile(during, share)

    def worst(self, start: datetime, end: datetime | None) -> Depth:
        """Return how bad it was between two moments, by the intended start of what was asked."""
        within = [
            o
            for o in _valid(self.seen(Phase.DURING))
            if o.at >= start and (end is None or o.at < end)
        ]
        seconds: dict[int, list[bool]] = defaultdict(list)
        for observation in within:
            second = int((observation.at - start).total_seconds() / _BUCKET_S)
            seconds[second].append(observation.outcome is Outcome.BAD)
        return Depth(
            error_ratio=max((sum(bad) / len(bad) for bad in seconds.values()), default=None),
            duration_s=max((o.duration_s for o in within), default=None),
        )

    def counts(self, objective: Objective, phase: Phase) -> tuple[int, int]:
        """Return an objective's good and valid events in a phase."""
        events = [
            o
            for o in self.seen(phase)
            if o.outcome is not Outcome.INVALID and objective.is_event(o)
        ]
        return sum(objective.good_events(o) for o in events), sum(o.events for o in events)

    def _in_place(self) -> list[Observation]:
        since = self.in_place_at
        return [o for o in self.seen(Phase.DURING) if since is None or o.at >= since]

    def _phase(self, at: datetime) -> Phase:
        if self.injected_at is None or at < self.injected_at:
            return Phase.BEFORE
        return Phase.DURING if self.gone_at is None or at < self.gone_at else Phase.AFTER

    def _judge(self, phase: Phase, observation: Observation) -> None:
        tests = self._tests.get(phase, {})
        for objective in self._objectives:
            if objective.name in tests and objective.is_event(observation):
                test = tests[objective.name]
                good = objective.good_events(observation)
                test.observe_many(good=good, bad=observation.events - good)
                if phase is Phase.DURING and test.breached and self.breach is None:
                    valid = test.good + test.bad
                    self.breach = Breach(objective.name, self.timeline.now(), test.bad, valid)

    def _is_good(self, observation: Observation) -> bool:
        matching = (o for o in self._objectives if o.is_event(observation))
        return observation.outcome is Outcome.GOOD and all(
            objective.is_good(observation) for objective in matching
        )


def _tests(objectives: Iterable[Objective]) -> dict[str, SequentialTest]:
    return {objective.name: SequentialTest(objective.target, _ALPHA) for objective in objectives}


def _valid(observations: Iterable[Observation]) -> list[Observation]:
    return [o for o in observations if o.outcome is not Outcome.INVALID]


def _durations(observations: Iterable[Observation]) -> list[float]:
    return sorted(o.duration_s for o in _valid(observations))


def _p50(observations: Iterable[Observation]) -> float | None:
    durations = _durations(observations)
    return median(durations) if len(durations) >= _FEWEST else None


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Return the middle of the largest ``share`` of durations; 0 when there are none."""
    if not ordered:
        return 0.0
    if share >= 1:
        return median(ordered)
    return ordered[min(len(ordered) - 1, int(len(ordered) * (1 - share / 2)))]
