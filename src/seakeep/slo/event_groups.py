"""Events by what tells them apart in a tally: their slice of time, and what was planned then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from seakeep.slo.verdict import Planned, PlannedEvents

__all__ = ["Group", "planned_events"]


@dataclass(frozen=True, slots=True)
class Group:
    """The events of one slice that are planned for the same thing, if for any.

    Attributes:
        slice: The whole lengths of a slice between 1970 and its begin.
        label: What was planned, and the reason; ``None`` for nothing.
        excluded: Whether the tally leaves these events out.
        good: Good events.
        valid: Good and bad events.
        invalid: Events that said nothing of the platform.
        batches: How many observations stand for several valid events.
    """

    slice: int
    label: tuple[Planned, str] | None
    excluded: bool
    good: int
    valid: int
    invalid: int
    batches: int = 0


def planned_events(groups: Iterable[Group]) -> tuple[PlannedEvents, ...]:
    """Return the events of planned time, put together by kind and reason, in their order."""
    found: dict[tuple[Planned, str], PlannedEvents] = {}
    for group in groups:
        if group.label is not None and group.valid:
            before = found.get(group.label)
            found[group.label] = PlannedEvents(
                kind=group.label[0],
                reason=group.label[1],
                good=group.good + (before.good if before else 0),
                valid=group.valid + (before.valid if before else 0),
                excluded=group.excluded,
            )
    return tuple(found[key] for key in sorted(found))
