"""One step of a search for the capacity: a rate that is held for a while, and what came of it.

**How long a hold must be.** Let arrivals come at ``rate`` and be served at ``limit``, both per
second, with ``rate > limit``. The backlog grows by ``rate - limit`` a second, and who arrives after
``t`` seconds waits for the backlog before it: ``(rate - limit) t / limit = r t``, with the overload
``r = rate / limit - 1``. An objective that wants a share ``q`` answered within ``L`` seconds
breaks once more than ``1 - q`` of the arrivals of a hold of ``h`` seconds came later than
``L / r``, so when

    h > L / (q r),    or, for a hold that is given,    r > L / (q h)

(a fluid queue: Kleinrock, "Queueing Systems", volume II, 1976, section 2.7). With 95% within 300 ms
a hold of 10 s shows a rate that is 3.2% above the limit, and none that is closer. What is answered
at once counts against L, too: it makes the search more sensitive, not less.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from seakeep.slo.interval import exact_interval
from seakeep.slo.sequential import SequentialTest
from seakeep.slo.verdict import CONFIDENCE

__all__ = [
    "Judgement",
    "ObjectiveCount",
    "Purpose",
    "Step",
    "StepCounts",
    "StepOutcome",
    "judge_step",
    "needed_hold_s",
    "overload_shown",
]

Purpose = Literal["raise", "lower", "narrow", "confirm"]

_BACKLOG_GROWS_SD = 2.0
_BACKLOG_MAY_GROW_SD = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A rate to be held.

    Attributes:
        rate_per_s: Arrivals per second.
        hold_s: For how long, in seconds.
        purpose: What the search wants to know.
    """

    rate_per_s: float
    hold_s: float
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class ObjectiveCount:
    """The events of one objective in a step.

    Attributes:
        name: The objective's name.
        good: Good events.
        valid: Good and bad events; a request without an answer that is past the limits on durations
            is a bad one already.
        target: The share that must be good.
    """

    name: str
    good: int
    valid: int
    target: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCounts:
    """What was counted in a step, until now or in all.

    Attributes:
        objectives: The events of each objective on load.
        arrivals: Arrivals that were due.
        completed: Those of them that came to their end.
        missed: Those that were given up.
        outstanding_midway: Arrivals that were due and had not ended when half the hold was over.
        unanswered: Those that still neither had ended nor were given up when no answer was waited
            for any longer. Each is a bad event of every objective.
    """

    objectives: tuple[ObjectiveCount, ...]
    arrivals: int
    completed: int
    missed: int = 0
    outstanding_midway: int = 0
    unanswered: int = 0

    @property
    def outstanding(self) -> int:
        """Return how many arrivals have neither ended nor been given up."""
        return self.arrivals - self.completed - self.missed


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """What came of a step.

    Attributes:
        step: Which.
        held: Whether the objectives held; ``None`` when that is undecided, or the generator was
            not fit to tell.
        requests: Requests that were made.
        arrivals: Arrivals that were due.
        missed: Those of them that were given up.
        p50_s: The median response time, in seconds; ``None`` without requests.
        p95_s: The 95th percentile.
        p99_s: The 99th.
        broke: Which objective broke, and how; or why it is undecided.
        unfit: Why the generator could not make this rate; empty when it could.
        took_s: How long it took with all that belongs to it, in seconds; the hold by default.
    """

    step: Step
    held: bool | None
    requests: int
    arrivals: int
    missed: int = 0
    p50_s: float | None = None
    p95_s: float | None = None
    p99_s: float | None = None
    broke: str = ""
    unfit: str = ""
    took_s: float | None = None

    @property
    def rate_per_s(self) -> float:
        """Return the step's arrivals per second."""
        return self.step.rate_per_s


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a step held, ``None`` for undecided; and what broke, or why it is undecided."""

    held: bool | None
    broke: str = ""


def judge_step(
    counts: StepCounts, *, max_missed_share: float = 0.001, under_way: bool = False
) -> Judgement:
    """Return whether the objectives held in a step.

    Broken: too many arrivals were missed; the sequential test proves a breach; the measured share
    is below the target, and its interval, too; or the backlog of arrivals that have not ended grew
    over the second half of the hold by more than two standard deviations of as many Poisson
    arrivals. Held: every share is at or above its target, and the backlog grew by less than one of
    these deviations. Undecided: all between, and a step without events.

    Args:
        counts: What was counted.
        max_missed_share: The share of the arrivals that may be missed.
        under_way: Whether the step goes on. Then only what can't mend breaks it: the missed, and
            the sequential test, which allows to look again and again.
    """
    if counts.missed > max_missed_share * max(counts.arrivals, 1):
        return Judgement(held=False, broke=f"{counts.missed} arrivals missed")
    judged = [replace(one, valid=one.valid + counts.unanswered) for one in counts.objectives]
    for count in judged:
        if _is_proven(count):
            return Judgement(held=False, broke=_told(count))
    if under_way:
        return Judgement(held=None)
    for count in judged:
        if count.valid and exact_interval(count.good, count.valid, CONFIDENCE).upper < count.target:
            return Judgement(held=False, broke=_told(count))
    return _of_backlog(counts) or _of_shares(judged)


def _is_proven(count: ObjectiveCount) -> bool:
    test = SequentialTest(count.target)
    test.observe_many(good=count.good, bad=count.valid - count.good)
    return test.breached


def _of_backlog(counts: StepCounts) -> Judgement | None:
    growth = counts.outstanding - counts.outstanding_midway
    deviation = math.sqrt(max(counts.arrivals / 2, 1.0))  # that of a Poisson count
    if growth > _BACKLOG_MAY_GROW_SD * deviation:
        told = f"backlog grows: {counts.outstanding_midway} midway, {counts.outstanding} at the end"
        return Judgement(held=False if growth > _BACKLOG_GROWS_SD * deviation else None, broke=told)
    return None


def _of_shares(judged: Sequence[ObjectiveCount]) -> Judgement:
    if not any(count.valid for count in judged):
        return Judgement(held=None, broke="no events of any objective on load")
    for count in judged:
        if count.valid and count.good < count.target * count.valid:
            return Judgement(held=None, broke=f"{_told(count)}, which chance may explain")
    return Judgement(held=True)


def _told(count: ObjectiveCount) -> str:
    share = math.floor(1000 * count.good / count.valid) / 10  # rounded up it might look kept
    return f"{count.name}: {share:g}% of {count.target * 100:g}%"


def overload_shown(
    rate_per_s: float, hold_s: float, limits: Iterable[tuple[float, float]] = ()
) -> float:
    """Return the smallest overload that a hold shows: 0.032 for 3.2% above the limit.

    By the latency objectives (see this module's head), or, where these are slower or there are
    none, by the backlog: it grows by ``rate r / (1 + r)`` a second, and `judge_step` wants
    ``2 sqrt(rate h / 2)`` more of it after the second half of the hold.

    Args:
        rate_per_s: The rate that is held.
        hold_s: For how long, in seconds.
        limits: The duration in seconds, above 0, and the target of each latency objective.
    """
    by_latency = [limit_s / (target * hold_s) for limit_s, target in limits if target > 0]
    excess = _BACKLOG_GROWS_SD * math.sqrt(2.0 / (rate_per_s * hold_s))
    return min([*by_latency, excess / (1.0 - excess) if excess < 1.0 else math.inf])


def needed_hold_s(precision: float, limits: Iterable[tuple[float, float]]) -> float:
    """Return the seconds a hold must last to show an overload of ``precision``; 0 without limits.

    Args:
        precision: The overload that is to be seen, such as 0.05.
        limits: The duration in seconds and the target of each latency objective; the strictest
            decides.
    """
    return min(
        (limit_s / (target * precision) for limit_s, target in limits if target > 0), default=0.0
    )
