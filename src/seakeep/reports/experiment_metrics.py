"""Experiments in metrics: how the latest run of each ended, and its scorecard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from seakeep.observation import Outcome
from seakeep.reports.experiment_run import ExperimentState
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.scorecard import Scorecard, ScorecardRow
from seakeep.reports.series import Sample

__all__ = ["experiment_samples", "scorecard_samples"]

_MEASURED = {
    "detection_seconds": "detect_s",
    "removal_seconds": "removed_s",
    "recovery_seconds": "recover_s",
    "worst_error_ratio": "worst_error_ratio",
    "worst_duration_seconds": "worst_duration_s",
}


def experiment_samples(experiment: ExperimentSummary) -> Iterator[Sample]:
    """Yield the metrics of an experiment; what is not known is absent."""
    labels = {"experiment": experiment.name}
    for state in get_args(ExperimentState):
        ended_so = state == experiment.state
        yield Sample("seakeep_experiment_state", {**labels, "state": state}, ended_so)
    if experiment.outcome is not Outcome.INVALID:
        held = experiment.outcome is Outcome.GOOD
        yield Sample("seakeep_experiment_held", labels, held)
    yield Sample("seakeep_experiment_timestamp_seconds", labels, experiment.at.timestamp())
    for name, attribute in _MEASURED.items():
        value: float | None = getattr(experiment, attribute)
        if value is not None:
            yield Sample(f"seakeep_experiment_{name}", labels, value)
    for impact in experiment.objectives:
        if impact.budget_spent is not None:
            of = {**labels, "objective": impact.objective}
            yield Sample("seakeep_experiment_budget_spent_ratio", of, impact.budget_spent)


def scorecard_samples(card: Scorecard) -> Iterator[Sample]:
    """Yield how often experiments ended how, and whether recovery got slower."""
    for row in card.rows:
        yield from _row(row)


def _row(row: ScorecardRow) -> Iterator[Sample]:
    labels = {"experiment": row.experiment}
    for state in get_args(ExperimentState):
        of = {**labels, "state": state}
        yield Sample("seakeep_experiment_runs", of, row.states.get(state, 0))
    if row.trend.p_value is not None:
        yield Sample("seakeep_experiment_recovery_trend_p_value", labels, row.trend.p_value)
        if row.trend.by is not None:
            yield Sample("seakeep_experiment_recovery_trend_seconds", labels, row.trend.by)
