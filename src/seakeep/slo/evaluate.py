"""Judges a platform's objectives: the one function beneath `check`, the load gate and the guard."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from seakeep.errors import SourceError, UsageError
from seakeep.maintenance import Maintenance
from seakeep.slo.judge import judge
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.rollup_fold import fingerprint, fold_objectives
from seakeep.slo.rollup_store import Rollup
from seakeep.slo.source_rollup import tally_rollup
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.slo.verdict import Independence, Planned, PlannedEvents, State, Tally, Verdict
from seakeep.store import Store

__all__ = ["evaluate", "from_json", "holds", "is_proven", "to_json"]


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
    location: str = "*",
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
        location: A glob: only what was observed there counts.
        correct_for_clustering: Whether lower bounds allow for failures that come in clusters; by
            default for a window, which stands for times to come, and not for a run: the question
            there is how the platform fared in it, faults that were injected together included.

    Raises:
        StoreError: The store can't be read.
        UsageError: Planned time is to be left out of a source that can't tell it.
    """
    correct = run_id is None if correct_for_clustering is None else correct_for_clustering
    upkeep, objectives = tuple(maintenance), tuple(objectives)
    # A run is few observations, and roll-ups know no runs.
    rollups = fold_objectives(store, platform, objectives) if run_id is None else {}
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
            location=location,
        )
        sources = _Sources(store, rollups)
        verdicts.append(_verdict(sources, objective, scope, correct=correct, whole=start is None))
    return tuple(verdicts)


def _verdict(
    sources: _Sources, objective: Objective, scope: Scope, *, correct: bool, whole: bool
) -> Verdict:
    """Judge one objective; ``whole`` when its own period is judged, and not a part of it."""
    first, last = objective.window.period(scope.end) if whole else (scope.start, scope.end)

    def judged(tally: Tally, within: Scope) -> Verdict:
        return judge(
            objective,
            tally,
            within.start,
            within.end,
            period_s=(last - first).total_seconds(),
            correct_for_clustering=correct,
        )

    try:
        return judged(*_tally(sources, objective, scope))
    except SourceError as error:
        # One source that fails must not hide what the others say of their objectives.
        unknown = judged(Tally(good=0, bad=0), scope)
        return replace(unknown, reason=f"the source gave no usable answer: {error}")


def _tally(sources: _Sources, objective: Objective, scope: Scope) -> tuple[Tally, Scope]:
    indicator, budgeting = objective.indicator, objective.budgeting
    if isinstance(indicator, ObservedRatio):
        share = objective.target if budgeting.slice_target is None else budgeting.slice_target
        return sources.tally(
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

    return tally_queries(indicator, scope, budgeting.slice_s), scope


@dataclass(frozen=True, slots=True)
class _Sources:
    """Seakeep's own observations, and their roll-ups by fingerprint, where these are to be used."""

    store: Store
    rollups: Mapping[str, Rollup]

    def tally(
        self, indicator: ObservedRatio, scope: Scope, *, slice_s: float, share: float | None
    ) -> tuple[Tally, Scope]:
        """Return the tally of a scope, and what of it, or a little more, was counted."""
        rollup = self.rollups.get(fingerprint(indicator)) if self.rollups else None
        if rollup is None:
            return tally_events(self.store, indicator, scope, slice_s=slice_s, share=share), scope
        return tally_rollup(self.store, indicator, rollup, scope, slice_s=slice_s, share=share)


def holds(verdicts: Iterable[Verdict]) -> bool:
    """Return whether a gate may pass: nothing is breached, and nothing is without data."""
    return all(verdict.state not in {State.BREACHED, State.NO_DATA} for verdict in verdicts)


def is_proven(verdicts: Iterable[Verdict]) -> bool:
    """Return whether every objective is proven met."""
    return all(verdict.state is State.MET for verdict in verdicts)


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
