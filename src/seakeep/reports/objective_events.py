"""How many events of each objective a run had: what burn rates are made of, outside Seakeep."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo.objective import Objective

__all__ = ["ObjectiveEvents", "count_events"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveEvents:
    """The events of one objective in one run.

    Attributes:
        objective: The objective's name.
        good: Events that were good.
        bad: Events that were not; what an unfit observer saw is no event.
    """

    objective: str
    good: int
    bad: int


def count_events(
    objectives: Iterable[Objective], observations: Iterable[Observation]
) -> tuple[ObjectiveEvents, ...]:
    """Return the events of each objective that had any, in the objectives' order."""
    kinds: dict[Kind, list[Observation]] = {kind: [] for kind in Kind}
    for observation in observations:
        if observation.outcome is not Outcome.INVALID:
            kinds[observation.kind].append(observation)
    counted = (_count(objective, kinds) for objective in objectives)
    return tuple(events for events in counted if events.good or events.bad)


def _count(objective: Objective, kinds: dict[Kind, list[Observation]]) -> ObjectiveEvents:
    candidates: Sequence[Observation] = [
        observation
        for kind, group in kinds.items()
        if objective.counts(kind)
        for observation in group
    ]
    events = [observation for observation in candidates if objective.is_event(observation)]
    good = sum(objective.good_events(observation) for observation in events)
    number = sum(observation.events for observation in events)
    return ObjectiveEvents(objective=objective.name, good=good, bad=number - good)
