"""Each precondition looks at the situation, and tells what speaks against starting now."""

from __future__ import annotations

from seakeep.chaos.preflight.preconditions.leftovers import nothing_injected, nothing_open
from seakeep.chaos.preflight.preconditions.objectives import objectives_met_with_budget
from seakeep.chaos.preflight.preconditions.place_and_time import (
    environment_allowed,
    nothing_planned,
    over_in_time,
)
from seakeep.chaos.preflight.preconditions.replicas import replicas_whole
from seakeep.chaos.preflight.preconditions.rights import rights_granted
from seakeep.chaos.preflight.preconditions.situation import Precondition, Situation

__all__ = ["PRECONDITIONS", "Precondition", "Situation"]

PRECONDITIONS: tuple[Precondition, ...] = (
    environment_allowed,
    nothing_planned,
    over_in_time,
    nothing_open,
    objectives_met_with_budget,
    rights_granted,
    nothing_injected,
    replicas_whole,
)
"""All of them, cheapest first."""
