"""Judges a platform's objectives: the one function beneath `check`, the load gate and the guard."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from seakeep.errors import SourceError
from seakeep.slo.judge import judge
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.slo.verdict import Independence, Planned, PlannedEvents, State, Tally, Verdict
from seakeep.store import Store

__all__ = ["evaluate", "from_json", "holds", "to_json"]


def evaluate(
    store: Store,
    platform: str,
    objectives: Iterable[Objective],
    *,
    end: datetime,
    start: datetime | None = None,
    run_id: str | None = None,
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

    Raises:
        StoreError: The store can't be read.
    """
    verdicts = []
    for objective in objectives:
        begin = start if start is not None else objective.window.at(end)[0]
        scope = Scope(platform=platform, start=begin, end=end, run_id=run_id)
        try:
            verdicts.append(judge(objective, _tally(store, objective, scope), begin, end))
        except SourceError as error:
            # One source that fails must not hide what the others say of their objectives.
            unknown = judge(objective, Tally(good=0, bad=0), begin, end)
            verdicts.append(replace(unknown, reason=f"the source gave no usable answer: {error}"))
    return tuple(verdicts)


def _tally(store: Store, objective: Objective, scope: Scope) -> Tally:
    if isinstance(objective.indicator, ObservedRatio):
        return tally_events(store, objective.indicator, scope)
    from seakeep.slo.source_prometheus import tally_queries  # noqa: PLC0415 - seldom needed

    return tally_queries(objective.indicator, scope)


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
