"""What a load run is about to do."""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.load.growing import GrowingSchedule
from seakeep.load.schedule import Schedule

__all__ = ["AnySchedule", "RunPlan"]

AnySchedule = Schedule | GrowingSchedule


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What a run is about to do.

    Attributes:
        number: Which run it is, of those that one start of Locust makes.
        schedule: When arrivals are due.
        max_rate_per_s: The most requests per second that all processes may send together.
        patience_s: How long an arrival waits for a free user, and how long after the last of them
            answers may take.
        platform: The platform's name.
        scenario: The scenario's name.
        is_open: Whether users come by the schedule, and not as they like.
    """

    number: int
    schedule: AnySchedule
    max_rate_per_s: float
    patience_s: float
    platform: str = ""
    scenario: str = ""
    is_open: bool = True
