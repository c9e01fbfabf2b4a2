"""What a run did: to the platform, fault by fault, and to each guarded objective."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from seakeep.chaos.evidence import Evidence, Phase
from seakeep.chaos.plan import Plan
from seakeep.chaos.undo.injections import Injected
from seakeep.errors import SeakeepError
from seakeep.experiment_result import FaultImpact, ObjectiveImpact, PhaseVerdict
from seakeep.slo.evaluate import evaluate
from seakeep.slo.interval import exact_interval
from seakeep.slo.judge import state_of
from seakeep.slo.objective import Objective
from seakeep.slo.verdict import CONFIDENCE
from seakeep.store import Store

__all__ = ["Spent", "budgets", "fault_impact", "objective_impacts", "rounded", "seconds"]

logger = logging.getLogger("chaostoolkit")


@dataclass(frozen=True, slots=True)
class Spent:
    """An objective's error budget at one moment.

    Attributes:
        consumed: The share of it that is gone; ``None`` where nobody can tell.
        left: The share that is left.
    """

    consumed: float | None = None
    left: float | None = None


def budgets(plan: Plan, store: Store) -> Mapping[str, Spent]:
    """Return how much of each guarded objective's budget is gone, over its own window.

    What can't be told is left out: it is no reason to lose a result.
    """
    try:
        verdicts = evaluate(
            store,
            plan.platform.name,
            plan.objectives,
            end=datetime.now(UTC),
            maintenance=plan.platform.maintenance,
        )
    except SeakeepError as error:
        logger.warning("guard: the error budgets are not known: %s", error)
        return {}
    return {
        verdict.objective: Spent(verdict.budget_consumed, verdict.budget_left)
        for verdict in verdicts
    }


def fault_impact(made: Injected, evidence: Evidence) -> FaultImpact:
    """Return what one fault did, as far as the observer saw it."""
    breach_at = evidence.breach.at if evidence.breach else None
    if breach_at is not None and not _within(breach_at, made):
        breach_at = None
    depth = evidence.worst(made.injected_at, made.gone_at)
    heals = made.injection.undo.ends_by_itself
    steady_at = evidence.recovered_at(made.injection.least_rise_s, made.injection.share)
    return FaultImpact(
        fault=made.injection.text,
        injected_at=made.injected_at.isoformat(),
        in_place_s=seconds(made.injected_at, made.in_place_at),
        window_s=seconds(made.injected_at, made.gone_at),
        detect_s=seconds(made.injected_at, breach_at),
        removed_s=seconds(breach_at, made.gone_at),
        recover_s=seconds(made.injected_at if heals else made.gone_at, steady_at),
        worst_error_ratio=rounded(depth.error_ratio),
        worst_duration_s=rounded(depth.duration_s),
    )


def objective_impacts(
    plan: Plan, evidence: Evidence, before: Mapping[str, Spent], after: Mapping[str, Spent]
) -> tuple[ObjectiveImpact, ...]:
    """Return what became of each guarded objective.

    Args:
        plan: Names them.
        evidence: What was seen.
        before: The budgets when the run began.
        after: The budgets when it was over.
    """
    return tuple(
        ObjectiveImpact(
            objective=objective.name,
            before=_phase(objective, evidence, Phase.BEFORE),
            during=_phase(objective, evidence, Phase.DURING),
            after=_phase(objective, evidence, Phase.AFTER),
            budget_spent=_spent(before.get(objective.name), after.get(objective.name)),
            budget_left=rounded(after.get(objective.name, Spent()).left, 6),
        )
        for objective in plan.objectives
    )


def seconds(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds between two moments, as far as both are known."""
    if start is None or end is None:
        return None
    return rounded(max(0.0, (end - start).total_seconds()))


def rounded(value: float | None, digits: int = 4) -> float | None:
    """Return a value that reads well; what is not known stays so."""
    return None if value is None else round(value, digits)


def _within(at: datetime, made: Injected) -> bool:
    return at >= made.injected_at and (made.gone_at is None or at <= made.gone_at)


def _phase(objective: Objective, evidence: Evidence, phase: Phase) -> PhaseVerdict:
    good, valid = evidence.counts(objective, phase)
    interval = exact_interval(good, valid, CONFIDENCE)
    state = state_of(interval, valid, objective.target)
    return PhaseVerdict(state=state.value, good=good, valid=valid)


def _spent(before: Spent | None, after: Spent | None) -> float | None:
    """Return what went of a budget meanwhile; one without history yet was whole."""
    if before is None or after is None or after.consumed is None:
        return None
    return rounded(max(0.0, after.consumed - (before.consumed or 0.0)), 6)
