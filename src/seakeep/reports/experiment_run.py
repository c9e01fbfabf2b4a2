"""One run of an experiment as its one observation in the store tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from seakeep.experiment_result import ExperimentResult, ObjectiveImpact, detail_of
from seakeep.observation import Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.experiment_effects import (
    FaultEffect,
    fault_effects,
    instant_of,
    objective_effects,
    share,
    took,
)

__all__ = ["Ending", "ExperimentRun", "ExperimentState", "read_run"]

ExperimentState = Literal["held", "deviated", "refused", "skipped", "failed"]
"""``deviated`` speaks of the platform; ``refused``, ``skipped`` and ``failed`` of the tool."""

Ending = Literal["held", "deviated", "refused", "skipped", "tool_failed", "not_recovered"]
"""The same with what ``failed`` means: the tool could not do it, or the platform did not come back
(or it is not proven that it did, or that the fault is gone)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRun:
    """One run of an experiment, fit to print; ``None`` is what nobody knows.

    Attributes:
        at: When it began: when its fault was asked for, or when it ended without (UTC).
        run_id: The run that it belongs to.
        name: The experiment's name.
        state: How it ended.
        outcome: What that says of the platform; ``failed`` may be bad, when it did not recover.
        fault: The fault in words; may be empty.
        injected_at: When the fault began (UTC), or ``None`` when it was not injected.
        removed_at: When it was gone, or ``None`` when that was not proven.
        detect_s: Seconds from injection until the guard saw an effect.
        removed_s: Seconds from that proof until the fault was proven gone.
        recover_s: Seconds from removal (from injection, for a kill) to the steady state.
        baseline_p50_s: The median answer before the fault, in seconds.
        during_p50_s: The same while the fault was in place.
        worst_error_ratio: The largest share of bad events, from 0 to 1.
        worst_duration_s: The longest answer, in seconds.
        cause: A short reason when it did not hold.
        message: The same for a person.
        faults: What each of its faults did.
        objectives: What became of each guarded objective.
    """

    at: datetime
    run_id: str
    name: str
    state: ExperimentState
    outcome: Outcome
    fault: str
    injected_at: datetime | None
    removed_at: datetime | None
    detect_s: float | None
    removed_s: float | None
    recover_s: float | None
    baseline_p50_s: float | None
    during_p50_s: float | None
    worst_error_ratio: float | None
    worst_duration_s: float | None
    cause: str
    message: str
    faults: tuple[FaultEffect, ...]
    objectives: tuple[ObjectiveImpact, ...]

    @property
    def window_s(self) -> float | None:
        """Return how long the fault was in place, in seconds."""
        if self.injected_at is None or self.removed_at is None:
            return None
        return (self.removed_at - self.injected_at).total_seconds()

    @property
    def ending(self) -> Ending:
        """Return how it ended, with the tool's failures apart from the platform's."""
        if self.state == "failed":
            return "not_recovered" if self.outcome is Outcome.BAD else "tool_failed"
        return self.state

    @property
    def words(self) -> str:
        """Return how it ended, for people."""
        return self.ending.replace("_", " ")


def read_run(experiment: Observation) -> ExperimentRun:
    """Return what an observation of kind ``chaos`` says, whoever wrote it."""
    return ExperimentRun(**_fields(experiment))  # type: ignore[arg-type]


def _fields(experiment: Observation) -> dict[str, object]:
    have, detail = experiment.attributes, detail_of(experiment)
    injected_at, removed_at = _window(experiment, detail)
    told: dict[str, object] = {
        "fault": plain(str(have.get("fault", "")), 200),
        "worst_error_ratio": share(have, "worst_error_ratio"),
    }
    for name in ("detect_s", "removed_s", "recover_s", "worst_duration_s"):
        told[name] = took(have, name)
    faults = fault_effects(detail) if detail else ()
    if not faults and injected_at is not None:
        window_s = (removed_at - injected_at).total_seconds() if removed_at else None
        faults = (FaultEffect(injected_at=injected_at, window_s=window_s, **told),)  # type: ignore[arg-type]
    return {
        **told,
        "at": experiment.at,
        "run_id": plain(experiment.run_id, 100),
        "name": plain(experiment.name, 200),
        "state": _state(experiment),
        "outcome": experiment.outcome,
        "injected_at": injected_at,
        "removed_at": removed_at,
        "baseline_p50_s": took(have, "baseline_p50_s"),
        "during_p50_s": took(have, "during_p50_s"),
        "cause": plain(experiment.cause, 80),
        "message": plain(experiment.message),
        "faults": faults,
        "objectives": objective_effects(detail) if detail else (),
    }


def _state(experiment: Observation) -> ExperimentState:
    told = experiment.attributes.get("status")
    for state in get_args(ExperimentState):
        if told == state:
            known: ExperimentState = state
            return known
    by_outcome: dict[Outcome, ExperimentState] = {
        Outcome.GOOD: "held",
        Outcome.BAD: "deviated",
        Outcome.INVALID: "refused",
    }
    return by_outcome[experiment.outcome]


def _window(
    experiment: Observation, detail: ExperimentResult | None
) -> tuple[datetime | None, datetime | None]:
    """Return when the fault began and when it was gone, as far as either is known."""
    have, held = experiment.attributes, experiment.outcome is Outcome.GOOD
    injected = instant_of(have.get("injected_at") or (detail.injected_at if detail else None))
    removed = instant_of(have.get("removed_at"))
    if injected is None and not (held or experiment.duration_s > 0 or have.get("fault")):
        return None, None
    injected = injected or experiment.at
    if removed is None and (held or experiment.duration_s > 0):
        removed = injected + timedelta(seconds=experiment.duration_s)
    return injected, removed
