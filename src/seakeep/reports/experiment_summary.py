"""What a run's chaos experiments showed, each with what its guard saw."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from seakeep.observation import Attribute, Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.attributes import number
from seakeep.reports.counts import Counts, count_outcomes, top_causes

__all__ = ["GUARD_PHASES", "ExperimentState", "ExperimentSummary", "summarize_experiments"]

ExperimentState = Literal["held", "deviated", "refused", "failed"]
"""``deviated`` speaks of the platform; ``refused`` and ``failed`` of the tool."""

GUARD_PHASES = ("before", "during", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSummary:
    """One experiment.

    Attributes:
        mark: A letter that stands for it in the timeline.
        name: The experiment's name.
        state: How it ended.
        outcome: What that says of the platform; ``failed`` may be bad, when it did not recover.
        fault: The fault in words; may be empty.
        injected_at: When the fault began (UTC), or ``None`` when it was not injected.
        removed_at: When it was gone, or ``None`` when that was not proven.
        detect_s: Seconds from injection until the guard saw an effect.
        recover_s: Seconds from removal (from injection, for a kill) to the steady state.
        baseline_p50_s: The median answer before the fault, in seconds.
        during_p50_s: The same while the fault was in place.
        worst_error_ratio: The largest share of bad events, from 0 to 1.
        worst_duration_s: The longest answer, in seconds.
        cause: A short reason when it did not hold.
        message: The same for a person.
        guard: The guard's observations by phase.
        guard_causes: The commonest causes of the guard's bad observations.
    """

    mark: str
    name: str
    state: ExperimentState
    outcome: Outcome
    fault: str
    injected_at: datetime | None
    removed_at: datetime | None
    detect_s: float | None
    recover_s: float | None
    baseline_p50_s: float | None
    during_p50_s: float | None
    worst_error_ratio: float | None
    worst_duration_s: float | None
    cause: str
    message: str
    guard: Mapping[str, Counts]
    guard_causes: tuple[tuple[str, int], ...]

    @property
    def window_s(self) -> float | None:
        """Return how long the fault was in place, in seconds."""
        if self.injected_at is None or self.removed_at is None:
            return None
        return (self.removed_at - self.injected_at).total_seconds()


def summarize_experiments(
    experiments: Sequence[Observation], guarded: Sequence[Observation]
) -> tuple[ExperimentSummary, ...]:
    """Return a summary per experiment, in order of time.

    Args:
        experiments: One observation per experiment.
        guarded: The observations of all guards, told apart by their ``experiment``.
    """
    by_experiment: dict[Attribute, list[Observation]] = {}
    for observation in guarded:
        by_experiment.setdefault(observation.attributes["experiment"], []).append(observation)
    return tuple(
        _summarize(_mark(index), experiment, by_experiment.get(experiment.name, []))
        for index, experiment in enumerate(sorted(experiments, key=lambda o: o.at))
    )


def _mark(index: int) -> str:
    letters = string.ascii_uppercase
    return letters[index] if index < len(letters) else str(index + 1)


def _summarize(
    mark: str, experiment: Observation, guarded: Sequence[Observation]
) -> ExperimentSummary:
    have = experiment.attributes
    injected_at, removed_at = _window(experiment)
    return ExperimentSummary(
        mark=mark,
        name=plain(experiment.name, 200),
        state=_state(experiment),
        outcome=experiment.outcome,
        fault=plain(str(have.get("fault", "")), 200),
        injected_at=injected_at,
        removed_at=removed_at,
        detect_s=number(have, "detect_s"),
        recover_s=number(have, "recover_s"),
        baseline_p50_s=number(have, "baseline_p50_s"),
        during_p50_s=number(have, "during_p50_s"),
        worst_error_ratio=number(have, "worst_error_ratio"),
        worst_duration_s=number(have, "worst_duration_s"),
        cause=plain(experiment.cause, 80),
        message=plain(experiment.message),
        guard={
            phase: count_outcomes(o for o in guarded if o.attributes.get("phase") == phase)
            for phase in GUARD_PHASES
        },
        guard_causes=top_causes(guarded),
    )


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


def _window(experiment: Observation) -> tuple[datetime | None, datetime | None]:
    """Return when the fault began and when it was gone, as far as either is known."""
    have, held = experiment.attributes, experiment.outcome is Outcome.GOOD
    injected = _time(have.get("injected_at"))
    removed = _time(have.get("removed_at"))
    if injected is None and not (held or experiment.duration_s > 0 or have.get("fault")):
        return None, None
    injected = injected or experiment.at
    if removed is None and (held or experiment.duration_s > 0):
        removed = injected + timedelta(seconds=experiment.duration_s)
    return injected, removed


def _time(value: Attribute | None) -> datetime | None:
    """Return a time given as ISO 8601 or as seconds since 1970; an unreadable one is absent."""
    try:
        if isinstance(value, str):
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        if isinstance(value, int | float) and value is not True and value > 0:
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None
