"""What each fault of an experiment did, and what became of each objective: fit to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta

from seakeep.experiment_result import ExperimentResult, FaultImpact, ObjectiveImpact, PhaseVerdict
from seakeep.observation import Attribute
from seakeep.plain import plain
from seakeep.reports.attributes import number

__all__ = ["FaultEffect", "fault_effects", "instant_of", "objective_effects", "share", "took"]

_MOST = 20
"""Faults, and objectives, that are told."""

_LONGEST_S = 1e8
"""Three years: what is longer is no duration of an experiment, and no date bears it."""

_LAST_YEAR = 9000
"""Beyond it, a duration more is no date any more."""

_STATES = frozenset({"met", "breached", "inconclusive", "no_data"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultEffect:
    """What one fault did to the platform; ``None`` is what nobody knows.

    Attributes:
        fault: The fault in words; may be empty.
        injected_at: When it was asked for (UTC).
        in_place_s: Seconds from then until it was confirmed.
        window_s: Seconds from then until it was proven gone.
        detect_s: Seconds from then until a breach was proven.
        removed_s: Seconds from that proof until it was proven gone.
        recover_s: Seconds from its end (from its injection, for a kill) to the steady state.
        worst_error_ratio: The share of bad answers in the worst second, from 0 to 1.
        worst_duration_s: The slowest answer, in seconds.
    """

    fault: str
    injected_at: datetime
    in_place_s: float | None = None
    window_s: float | None = None
    detect_s: float | None = None
    removed_s: float | None = None
    recover_s: float | None = None
    worst_error_ratio: float | None = None
    worst_duration_s: float | None = None

    @property
    def gone_at(self) -> datetime | None:
        """Return when it was proven gone; ``None`` while that is not proven."""
        if self.window_s is None:
            return None
        return self.injected_at + timedelta(seconds=self.window_s)


def fault_effects(result: ExperimentResult) -> tuple[FaultEffect, ...]:
    """Return what the faults of a result did; one that does not say when it began is left out."""
    found = (_effect(impact) for impact in result.faults[:_MOST])
    return tuple(effect for effect in found if effect is not None)


def objective_effects(result: ExperimentResult) -> tuple[ObjectiveImpact, ...]:
    """Return what became of the objectives of a result, whatever the store says."""
    return tuple(
        replace(
            impact,
            objective=plain(str(impact.objective), 200),
            before=_phase(impact.before),
            during=_phase(impact.during),
            after=_phase(impact.after),
            budget_spent=_finite(impact.budget_spent),
            budget_left=_finite(impact.budget_left),
        )
        for impact in result.objectives[:_MOST]
    )


def share(attributes: Mapping[str, Attribute], name: str) -> float | None:
    """Return a share from 0 to 1, or ``None`` when the attribute is no such thing."""
    value = number(attributes, name)
    return value if value is not None and 0 <= value <= 1 else None


def took(attributes: Mapping[str, Attribute], name: str) -> float | None:
    """Return seconds that something took, or ``None`` when the attribute is no such thing."""
    return _positive(attributes.get(name))


def _effect(impact: FaultImpact) -> FaultEffect | None:
    injected_at = instant_of(impact.injected_at)
    if injected_at is None:
        return None
    seconds = {
        name: _positive(getattr(impact, name))
        for name in ("in_place_s", "window_s", "detect_s", "removed_s", "recover_s")
    }
    return FaultEffect(
        fault=plain(str(impact.fault), 200),
        injected_at=injected_at,
        **seconds,
        worst_error_ratio=share(asdict(impact), "worst_error_ratio"),
        worst_duration_s=_positive(impact.worst_duration_s),
    )


def _phase(verdict: PhaseVerdict) -> PhaseVerdict:
    good, valid = _positive(verdict.good) or 0, _positive(verdict.valid) or 0
    state = verdict.state if verdict.state in _STATES else "no_data"
    return PhaseVerdict(state=state, good=int(good), valid=int(valid))


def _finite(value: Attribute | None) -> float | None:
    return None if value is None else number({"": value}, "")


def _positive(value: Attribute | None) -> float | None:
    """Return a number that a duration may be; none is longer than some years."""
    found = _finite(value)
    return found if found is not None and 0 <= found < _LONGEST_S else None


def instant_of(value: object) -> datetime | None:
    """Return a time given as ISO 8601 or as seconds since 1970; an unreadable one is absent."""
    at = None
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        elif isinstance(value, int | float) and value is not True and value > 0:
            at = datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and 1970 <= at.year <= _LAST_YEAR else None
