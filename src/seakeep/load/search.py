"""The search for the highest rate that a platform sustains within its objectives.

Pure: it says which step to take next, is told what came of it, and has a result in the end. The
rate is doubled until a step breaks an objective, and then halved in between by ratio (exponential
search: Bentley and Yao, "An almost optimal algorithm for unbounded searching", Information
Processing Letters 5 (1976), 82-87). Then both ends are confirmed by a longer hold. A confirmation
that says otherwise replaces what was seen before, and the search goes on with that; a rate counts
as confirmed when it was seen twice in a row to hold, or to break.

A step that stays undecided after longer holds is a *doubt*: the limit may be on either side of it.
The search then looks for a rate below that holds and one above that breaks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from seakeep.load.search_step import Purpose, Step, StepOutcome, overload_shown

__all__ = ["FLOOR_PER_S", "Bounds", "Capacity", "Ending", "Search"]

FLOOR_PER_S = 1.0
GROWTH = 2.0
CONFIRM_HOLDS = 2.0
"""A confirmation is that many times as long as another step."""

_LONGER = 2.0
_REPEATS = 2
_DIGITS = 4
_ROUNDING = 1e-3  # of a ratio, for rates of four digits


class Ending(StrEnum):
    """Why a search ended."""

    FOUND = "found"
    CEILING = "ceiling"
    """The highest rate allowed held."""
    GENERATOR = "generator"
    """The generator could not make more."""
    NOTHING_HELD = "nothing-held"
    """Not even the lowest rate held."""
    UNSETTLED = "unsettled"
    """Nothing was decided, at any rate."""
    OUT_OF_STEPS = "out-of-steps"
    """The time or the steps that it may take were used up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a search may go.

    Attributes:
        ceiling_per_s: No step is above this rate.
        floor_per_s: When not even this rate holds, the search ends.
        most_steps: The most steps, repeats included.
        longest_s: The most seconds that all steps may take.
    """

    ceiling_per_s: float
    floor_per_s: float = FLOOR_PER_S
    most_steps: int = 60
    longest_s: float = math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """What a search found.

    Attributes:
        ending: Why it ended.
        sustained_per_s: The highest rate that held; ``None`` when none did.
        interval: Where the limit lies: as far below that rate as a step can't tell, and the lowest
            rate that broke, or ``None`` when none did.
        confirmed: Whether both ends were seen twice in a row.
        broke: What broke at the upper end; empty when nothing did.
        steps: All steps, in their order.
        reached_per_s: The highest rate that was tried.
    """

    ending: Ending
    sustained_per_s: float | None
    interval: tuple[float, float | None]
    confirmed: bool
    broke: str
    steps: tuple[StepOutcome, ...]
    reached_per_s: float


@dataclass(frozen=True, slots=True)
class _Bracket:
    """What is known: the highest rate that held, the doubts above it, the lowest that broke."""

    low: float | None
    doubts: tuple[float, ...]
    high: float | None


class Search:
    """Finds the highest rate that holds, step by step.

    Call `next` for a step, and `take` with what came of it, until `next` returns ``None``.

    Attributes:
        result: What was found, once the search is over.
    """

    def __init__(
        self,
        first_per_s: float,
        bounds: Bounds,
        *,
        precision: float = 0.05,
        hold_s: float = 10.0,
        latency_limits: Sequence[tuple[float, float]] = (),
    ) -> None:
        """Start at a rate.

        Args:
            first_per_s: The first rate to try; at most the ceiling is.
            bounds: How far the search may go.
            precision: How close the two ends must be: their ratio is at most ``1 + precision``.
            hold_s: How long a step lasts, in seconds; see `needed_hold_s`.
            latency_limits: The duration in seconds and the target of each latency objective, for
                the lower end of the interval.
        """
        self._first = min(_rounded(first_per_s), bounds.ceiling_per_s)
        self._bounds = bounds
        self._precision = precision
        self._hold_s = hold_s
        self._limits = tuple(latency_limits)
        self._steps: list[StepOutcome] = []
        self._latest: dict[float, StepOutcome] = {}
        self._confirmed: dict[float, bool] = {}
        self._again: Step | None = None
        self._repeats = 0
        self.result: Capacity | None = None

    def next(self) -> Step | None:
        """Return the next step; ``None`` when the search is over."""
        if self.result is not None:
            return None
        step = self._again or self._chosen()
        if step is None:
            return None
        if not self._has_room(step):
            self._end(Ending.OUT_OF_STEPS)
            return None
        return step

    def take(self, outcome: StepOutcome) -> None:
        """Take what came of the step that `next` returned."""
        self._steps.append(outcome)
        self._again = None
        if outcome.unfit:
            self._take_unfit(outcome)
        elif outcome.held is None and self._repeats < _REPEATS:
            self._repeats += 1
            self._again = Step(
                rate_per_s=outcome.rate_per_s,
                hold_s=outcome.step.hold_s * _LONGER,
                purpose=outcome.step.purpose,
            )
        else:
            self._repeats = 0
            before = self._latest.get(outcome.rate_per_s)
            self._confirmed[outcome.rate_per_s] = before is not None and before.held is outcome.held
            self._latest[outcome.rate_per_s] = outcome

    def stop(self) -> None:
        """End the search with what is known, before it is over."""
        if self.result is None:
            self._end(Ending.OUT_OF_STEPS)

    def _take_unfit(self, outcome: StepOutcome) -> None:
        """Once may be a hiccup of the machine; twice in a row, the generator is at its end."""
        before = self._steps[-2] if len(self._steps) > 1 else None
        if before is not None and before.unfit and before.rate_per_s == outcome.rate_per_s:
            self._end(Ending.GENERATOR)
        else:
            self._again = outcome.step

    def _chosen(self) -> Step | None:
        bracket = self._bracket()
        if not self._latest:
            return self._step(self._first, "raise")
        if bracket.low is None:
            return self._lower(bracket)
        if (rate := self._between(bracket)) is not None:
            return self._step(rate, "narrow")
        top = max((bracket.low, *bracket.doubts))
        if bracket.high is None and top < self._bounds.ceiling_per_s:
            return self._step(min(top * GROWTH, self._bounds.ceiling_per_s), "raise")
        return self._confirm_or_end(bracket)

    def _lower(self, bracket: _Bracket) -> Step | None:
        known = [*bracket.doubts, *([bracket.high] if bracket.high is not None else [])]
        lowest = min(known)
        if lowest > self._bounds.floor_per_s:
            return self._step(max(lowest / GROWTH, self._bounds.floor_per_s), "lower")
        if bracket.high is not None:
            return self._confirm_or_end(bracket)
        self._end(Ending.UNSETTLED)
        return None

    def _between(self, bracket: _Bracket) -> float | None:
        """Return the middle, by ratio, of the gap that is still too wide; the lower gap first."""
        ends = [bracket.low, *bracket.doubts, bracket.high]
        known = [rate for rate in ends if rate is not None]
        gaps = [(known[0], known[1])] if len(known) > 1 else []
        if bracket.doubts and bracket.high is not None:
            gaps.append((known[-2], known[-1]))
        for below, above in gaps:
            if above / below > 1.0 + self._precision + _ROUNDING:
                return math.sqrt(below * above)
        return None

    def _confirm_or_end(self, bracket: _Bracket) -> Step | None:
        for rate in (bracket.low, bracket.high):
            if rate is not None and not self._confirmed[rate]:
                return self._step(rate, "confirm", self._hold_s * CONFIRM_HOLDS)
        if bracket.low is None:
            self._end(Ending.NOTHING_HELD)
        else:
            self._end(Ending.CEILING if bracket.high is None else Ending.FOUND)
        return None

    def _step(self, rate: float, purpose: Purpose, hold_s: float | None = None) -> Step:
        rounded = rate if rate in self._latest else _rounded(rate)
        capped = min(rounded, self._bounds.ceiling_per_s)
        return Step(rate_per_s=capped, hold_s=hold_s or self._hold_s, purpose=purpose)

    def _bracket(self) -> _Bracket:
        of = {
            held: [r for r, o in self._latest.items() if o.held is held] for held in (True, False)
        }
        high = min(of[False], default=None)
        low = max((r for r in of[True] if high is None or r < high), default=None)
        doubts = sorted(
            rate
            for rate, outcome in self._latest.items()
            if outcome.held is None and (low or 0.0) < rate < (high or math.inf)
        )
        return _Bracket(low, tuple(doubts), high)

    def _has_room(self, step: Step) -> bool:
        took_s = sum(o.step.hold_s if o.took_s is None else o.took_s for o in self._steps)
        within = took_s + step.hold_s <= self._bounds.longest_s
        return within and len(self._steps) < self._bounds.most_steps

    def _end(self, ending: Ending) -> None:
        bracket = self._bracket()
        ends = [rate for rate in (bracket.low, bracket.high) if rate is not None]
        self.result = Capacity(
            ending=ending,
            sustained_per_s=bracket.low,
            interval=(self._lower_end(bracket.low), bracket.high),
            confirmed=bool(ends) and all(self._confirmed[rate] for rate in ends),
            broke="" if bracket.high is None else self._latest[bracket.high].broke,
            steps=tuple(self._steps),
            reached_per_s=max((o.rate_per_s for o in self._steps), default=0.0),
        )

    def _lower_end(self, low: float | None) -> float:
        """Return the lowest limit at which a rate could still have looked held."""
        if low is None:
            return 0.0
        shown = overload_shown(low, self._latest[low].step.hold_s, self._limits)
        return low / (1.0 + shown) if shown < math.inf else 0.0


def _rounded(rate: float) -> float:
    """Return a rate with as many digits as a person reads."""
    return float(f"{rate:.{_DIGITS}g}")
