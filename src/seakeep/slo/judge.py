"""From a tally to a verdict: what may be claimed of an objective, and what may not."""

from __future__ import annotations

import math
from datetime import datetime

from seakeep.slo.budget import Budget, spend
from seakeep.slo.interval import Interval, exact_interval
from seakeep.slo.objective import Objective
from seakeep.slo.verdict import CONFIDENCE, State, Tally, Verdict

__all__ = ["events_to_settle", "judge", "state_of"]

_MOST_EVENTS = 1 << 40


def judge(objective: Objective, tally: Tally, start: datetime, end: datetime) -> Verdict:
    """Return the verdict on an objective from the events between two times.

    ``met`` is claimed when the lower confidence bound reaches the target, ``breached`` when the
    upper one stays below it; between them lies ``inconclusive``, and without events ``no_data``.
    """
    window_s = (end - start).total_seconds()
    covered_s = _covered_s(tally, start, end)
    interval = exact_interval(tally.good, tally.valid, CONFIDENCE)
    state = state_of(interval, tally.valid, objective.target)
    budget = _budget(objective, tally, covered_s, window_s)
    settle = (
        events_to_settle(tally.good, tally.valid, objective.target)
        if state is State.INCONCLUSIVE
        else None
    )
    return Verdict(
        objective=objective.name,
        display_name=objective.display_name,
        target=objective.target,
        window_start=start,
        window_end=end,
        covered_s=covered_s,
        good=tally.good,
        valid=tally.valid,
        invalid=tally.invalid,
        estimate=tally.good / tally.valid if tally.valid else None,
        lower=interval.lower,
        upper=interval.upper,
        state=state,
        budget_left=budget.left if budget else None,
        burn_rate=budget.burn_rate if budget else None,
        exhaustion_s=budget.exhaustion_s if budget else None,
        events_to_settle=settle,
        reason=_reason(state, tally, settle),
    )


def state_of(interval: Interval, valid: int, target: float) -> State:
    """Return what an interval allows to be claimed against a target."""
    if valid == 0:
        return State.NO_DATA
    if interval.lower >= target:
        return State.MET
    if interval.upper < target:
        return State.BREACHED
    return State.INCONCLUSIVE


def events_to_settle(good: int, valid: int, target: float) -> int | None:
    """Return about how many more events would settle the matter if the ratio stays as it is.

    ``None`` when no number would: the ratio is the target itself.
    """
    if valid == 0 or math.isclose(good / valid, target, abs_tol=1e-12):
        return None

    def settled(total: int) -> bool:
        expected_good = round(total * good / valid)
        interval = exact_interval(expected_good, total, CONFIDENCE)
        return state_of(interval, total, target) is not State.INCONCLUSIVE

    high = max(1, valid)
    while not settled(high):
        high *= 2
        if high > _MOST_EVENTS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle, high)
    return max(1, high - valid)


def _covered_s(tally: Tally, start: datetime, end: datetime) -> float:
    """The time from the first event in the window to the window's end."""
    if tally.first_at is None:
        return 0.0
    return (end - max(start, tally.first_at)).total_seconds()


def _budget(objective: Objective, tally: Tally, covered_s: float, window_s: float) -> Budget | None:
    if tally.valid == 0:
        return None
    return spend(tally.good, tally.valid, objective.target, covered_s, window_s)


def _reason(state: State, tally: Tally, settle: int | None) -> str:
    if state is State.NO_DATA:
        unfit = f"; {tally.invalid} observations were invalid" if tally.invalid else ""
        return f"no events in this window{unfit}"
    causes = ", ".join(f"{cause} x{count}" for cause, count in tally.top_causes)
    bad = f"{tally.bad} of {tally.valid} bad ({causes})" if tally.bad else ""
    if state is State.BREACHED:
        return f"{bad}: {tally.example}" if tally.example else bad
    if state is State.INCONCLUSIVE:
        never = "no number of events would settle it at this ratio" if settle is None else ""
        return "; ".join(part for part in (bad, never) if part)
    return ""
