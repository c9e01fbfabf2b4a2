"""From a tally to a verdict: what may be claimed of an objective, and what may not."""

from __future__ import annotations

import math
from datetime import datetime

from seakeep.slo.budget import Budget, spend
from seakeep.slo.counting import Counted, count
from seakeep.slo.design_effect import effective_size
from seakeep.slo.interval import Bounds, Interval, exact_interval
from seakeep.slo.objective import Objective
from seakeep.slo.reason import reason_for
from seakeep.slo.verdict import CONFIDENCE, Independence, State, Tally, Verdict

__all__ = ["covered_seconds", "events_to_settle", "judge", "state_of"]

_MOST_EVENTS = 1 << 40


def judge(
    objective: Objective,
    tally: Tally,
    start: datetime,
    end: datetime,
    *,
    period_s: float | None = None,
    correct_for_clustering: bool = True,
) -> Verdict:
    """Return the verdict on an objective from the events between two times.

    ``met`` is claimed when the lower confidence bound reaches the target, ``breached`` when the
    upper one stays below it; between them lies ``inconclusive``, and without events ``no_data``.
    A target of 1 is never ``met``, whatever was seen, and is ``breached`` by the first bad event.

    Args:
        objective: What is judged.
        tally: The events in the window.
        start: The window's begin (UTC).
        end: Its end.
        period_s: The time that the error budget is for, where it is not the window: the whole
            period of a calendar window, of which the window is what has gone by.
        correct_for_clustering: Whether the lower bound allows for failures that come in clusters.
            The upper one never does: that this window fell short is so however its failures came.

    Raises:
        UsageError: The budget counts slices, which the objective's source could not tell.
    """
    counted = count(objective, tally)
    period_s = (end - start).total_seconds() if period_s is None else period_s
    covered_s = covered_seconds(tally, start, end)
    worth = _worth(counted) if correct_for_clustering else None
    each = 1.0 if worth is None else worth / counted.trials
    interval = _interval(counted.total, counted.trials, each, counted.bounds)
    state = state_of(interval, counted.valid, objective.target)
    settle = _settle(counted, each, objective.target) if state is State.INCONCLUSIVE else None
    budget = _budget(counted, interval, objective.target, covered_s, period_s)
    return Verdict(
        objective=objective.name,
        display_name=objective.display_name,
        target=objective.target,
        window_start=start,
        window_end=end,
        covered_s=covered_s,
        good=counted.good,
        valid=counted.valid,
        invalid=tally.invalid,
        estimate=counted.share,
        lower=interval.lower,
        upper=interval.upper,
        state=state,
        budget_left=budget.left if budget else None,
        burn_rate=budget.burn_rate if budget else None,
        exhaustion_s=budget.exhaustion_s if budget else None,
        events_to_settle=settle,
        reason=reason_for(state, tally, counted, objective.target, settle),
        unit=counted.unit,
        period_s=period_s,
        budget_total=budget.total if budget else None,
        budget_consumed=budget.consumed if budget else None,
        exhaustion_lower_s=budget.exhaustion_lower_s if budget else None,
        exhaustion_upper_s=budget.exhaustion_upper_s if budget else None,
        independence=counted.clustering.independence,
        design_effect=counted.clustering.design_effect,
        effective_n=worth,
        excluded=sum(events.valid for events in tally.planned if events.excluded),
        planned=tally.planned,
        quantile_s=tally.quantile_s,
        quantile_share=tally.quantile_share,
    )


def state_of(interval: Interval, valid: int, target: float) -> State:
    """Return what an interval allows to be claimed against a target."""
    if valid == 0:
        return State.NO_DATA
    if interval.upper < target:
        return State.BREACHED
    return State.MET if interval.lower >= target else State.INCONCLUSIVE


def events_to_settle(
    good: float,
    valid: float,
    target: float,
    *,
    worth: float = 1.0,
    bounds: Bounds = exact_interval,
) -> int | None:
    """Return about how many more events would settle the matter if the ratio stays as it is.

    ``None`` when no number would: the ratio is the target itself, or the target is 1.

    Args:
        good: Good events.
        valid: All events.
        target: The share that must be good.
        worth: How many independent events one event is worth; below 1 where they cluster.
        bounds: The interval that is to settle it.
    """
    if valid == 0 or target >= 1.0 or math.isclose(good / valid, target, abs_tol=1e-12):
        return None
    whole = float(good).is_integer()

    def settled(total: int) -> bool:
        expected = total * good / valid
        interval = _interval(round(expected) if whole else expected, total, worth, bounds)
        return state_of(interval, total, target) is not State.INCONCLUSIVE

    high = max(1, math.ceil(valid))
    while not settled(high):
        high *= 2
        if high > _MOST_EVENTS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if settled(middle) else (middle, high)
    return max(1, high - math.floor(valid))


def covered_seconds(tally: Tally, start: datetime, end: datetime) -> float:
    """Return how much of a window its events cover, in seconds.

    From the first event to one mean interval past the last, within the window; to its end when the
    last one's time is not known, or all came at once.
    """
    if tally.first_at is None:
        return 0.0
    first = max(start, tally.first_at)
    rest_s = (end - first).total_seconds()
    if tally.last_at is None or tally.last_at <= first or tally.valid < 2:
        return rest_s
    seen_s = (tally.last_at - first).total_seconds()
    return min(rest_s, seen_s * tally.valid / (tally.valid - 1))


def _worth(counted: Counted) -> float | None:
    """Return how many independent events clustered ones are worth; ``None`` for all of them."""
    if counted.clustering.independence is not Independence.BROKEN:
        return None
    return effective_size(counted.trials, counted.clustering)


def _interval(good: float, valid: float, worth: float, bounds: Bounds) -> Interval:
    """The interval whose lower bound takes each event for so many independent ones."""
    interval = bounds(good, valid, CONFIDENCE)
    if worth == 1.0:
        return interval
    lower = bounds(good * worth, valid * worth, CONFIDENCE).lower
    return Interval(lower=min(lower, interval.lower), upper=interval.upper)


def _settle(counted: Counted, worth: float, target: float) -> int | None:
    if counted.share is None:
        return None
    more = events_to_settle(
        counted.total, counted.trials, target, worth=worth, bounds=counted.bounds
    )
    # Where slices are averaged but events are counted: as many as slices hold on average.
    return None if more is None else math.ceil(more * counted.valid / counted.trials)


def _budget(
    counted: Counted, interval: Interval, target: float, covered_s: float, period_s: float
) -> Budget | None:
    if counted.share is None:
        return None
    return spend(counted.share, interval, target, covered_s=covered_s, period_s=period_s)
