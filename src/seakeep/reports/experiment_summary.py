"""What a run's chaos experiments showed, each with what its guard saw."""

from __future__ import annotations

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from seakeep.observation import Attribute, Observation
from seakeep.reports.counts import Counts, count_outcomes, top_causes
from seakeep.reports.experiment_run import ExperimentRun, ExperimentState, read_run

__all__ = ["GUARD_PHASES", "ExperimentState", "ExperimentSummary", "summarize_experiments"]

GUARD_PHASES = ("before", "during", "after")

_NEAR_S = 0.001
"""A steady state began with an observation of the guard, and times are told to 0.1 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentSummary(ExperimentRun):
    """One experiment.

    Attributes:
        mark: A letter that stands for it in the timeline.
        guard: The guard's observations by phase.
        guard_causes: The commonest causes of the guard's bad observations.
        watched: The guard's observations themselves, oldest first.
    """

    mark: str
    guard: Mapping[str, Counts]
    guard_causes: tuple[tuple[str, int], ...]
    watched: tuple[Observation, ...]

    @property
    def breach_at(self) -> datetime | None:
        """Return when a breach was proven, if one was."""
        found = [
            effect.injected_at + timedelta(seconds=effect.detect_s)
            for effect in self.faults
            if effect.detect_s is not None
        ]
        return min(found, default=None)

    @property
    def recovered_at(self) -> datetime | None:
        """Return when the steady state was back after all faults; ``None`` when it was not.

        Recovery counts from a fault's end, or from its injection where the platform heals it: the
        guard's observations tell which, since the steady state begins with one of them.
        """
        found = []
        for effect in self.faults:
            if effect.recover_s is None or effect.gone_at is None:
                return None
            took = timedelta(seconds=effect.recover_s)
            candidates = [effect.gone_at + took]
            if effect.injected_at + took >= effect.gone_at:
                candidates.append(effect.injected_at + took)
            found.append(min(candidates, key=self._distance_s))
        return max(found, default=None)

    def _distance_s(self, at: datetime) -> float:
        """Return how far the nearest of the guard's observations is; a chance hit is none."""
        distances = (abs((o.at - at).total_seconds()) for o in self.watched)
        nearest = min(distances, default=_NEAR_S)
        return min(_NEAR_S, nearest)


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
    run = read_run(experiment)
    return ExperimentSummary(
        **{field.name: getattr(run, field.name) for field in fields(run)},
        mark=mark,
        guard={
            phase: count_outcomes(o for o in guarded if o.attributes.get("phase") == phase)
            for phase in GUARD_PHASES
        },
        guard_causes=top_causes(guarded),
        watched=tuple(sorted(guarded, key=lambda o: o.at)),
    )
