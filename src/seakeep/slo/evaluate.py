"""Judges a platform's objectives: the one function beneath `check`, the load gate and the guard."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from seakeep.errors import SourceError, UsageError
from seakeep.maintenance import Maintenance
from seakeep.slo.judge import judge
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.slo.verdict import Independence, Planned, PlannedEvents, State, Tally, Verdict
from seakeep.store import Store

__all__ = ["evaluate", "from_json", "holds", "to_json"]


def evaluate(  # noqa: PLR0913 - each a question of its own, and given by name
    store: Store,
    platform: str,
    objectives: Iterable[Objective],
    *,
    end: datetime,
    start: datetime | None = None,
    run_id: str | None = None,
    maintenance: Iterable[Maintenance] = (),
    exclude: frozenset[Planned] = frozenset(),
    correct_for_clustering: bool | None = None,
) -> tuple[Verdict, ...]:
    """Return the verdict on each objective, in their order.

    An objective whose source gives no usable answer is ``no_data``, with what went wrong as reason.

    Args:
        store: Where the observations are.
        platform: The platform's name.
        objectives: What to judge.
        end: The end of the window (UTC).
        start: Its begin; without it, each objective's own window counts.
        run_id: Judge the events of this run only.
        maintenance: When the platform was worked on; its events are shown apart.
        exclude: The planned time whose events are left out.
        correct_for_clustering: Whether to widen an interval where failures come in clusters; by
            default for a window, which stands for times to come, and not for a run: the question
            there is how the platform fared in it, faults that were injected together included.

    Raises:
        StoreError: The store can't be read.
        UsageError: Planned time is to be left out of a source that can't tell it.
    """
    correct = run_id is None if correct_for_clustering is None else correct_for_clustering
    upkeep = tuple(maintenance)
    verdicts = []
    for objective in objectives:
        begin = start if start is not None else objective.window.at(end)[0]
        scope = Scope(
            platform=platform,
            start=begin,
            end=end,
            run_id=run_id,
            maintenance=upkeep,
            exclude=exclude,
        )
        verdicts.append(_verdict(store, objective, scope, correct=correct, whole=start is None))
    return tuple(verdicts)


def _verdict(
    store: Store, objective: Objective, scope: Scope, *, correct: bool, whole: bool
) -> Verdict:
    """Judge one objective; ``whole`` when its own period is judged, and not a part of it."""
    first, last = objective.window.period(scope.end) if whole else (scope.start, scope.end)

    def judged(tally: Tally) -> Verdict:
        return judge(
            objective,
            tally,
            scope.start,
            scope.end,
            period_s=(last - first).total_seconds(),
            correct_for_clustering=correct,
        )

    try:
        return judged(_tally(store, objective, scope))
    except SourceError as error:
        # One source that fails must not hide what the others say of their objectives.
        unknown = judged(Tally(good=0, bad=0))
        return replace(unknown, reason=f"the source gave no usable answer: {error}")


def _tally(store: Store, objective: Objective, scope: Scope) -> Tally:
    indicator = objective.indicator
    if isinstance(indicator, ObservedRatio):
        budgeting = objective.budgeting
        share = objective.target if budgeting.slice_target is None else budgeting.slice_target
        return tally_events(
            store,
            indicator,
            scope,
            slice_s=budgeting.slice_s,
            share=share if indicator.good.limits_duration else None,
        )
    if scope.exclude:
        raise UsageError(
            f"{objective.place}: planned time can't be left out of a Prometheus objective; "
            "wanted a query that leaves it out, or an objective from Seakeep's own observations"
        )
    from seakeep.slo.source_prometheus import tally_queries  # noqa: PLC0415 - seldom needed

    return tally_queries(objective.indicator, scope, objective.budgeting.slice_s)


def holds(verdicts: Iterable[Verdict]) -> bool:
    """Return whether a gate may pass: nothing is breached, and nothing is without data."""
    return all(verdict.state not in {State.BREACHED, State.NO_DATA} for verdict in verdicts)


def to_json(verdict: Verdict) -> str:
    """Return a verdict as one line of JSON; times are ISO 8601 in UTC."""
    return json.dumps(asdict(verdict), default=lambda value: value.isoformat())


def from_json(text: str) -> Verdict:
    """Return the verdict that `to_json` wrote, or that of an older Seakeep with fewer fields."""
    body = json.loads(text)
    body["window_start"] = datetime.fromisoformat(body["window_start"])
    body["window_end"] = datetime.fromisoformat(body["window_end"])
    body["state"] = State(body["state"])
    body["independence"] = Independence(body.get("independence", Independence.UNKNOWN))
    body["planned"] = tuple(
        PlannedEvents(**{**events, "kind": Planned(events["kind"])})
        for events in body.get("planned", ())
    )
    return Verdict(**body)
