"""Whoever starts an experiment must be allowed all of it, its end above all."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.chaos.preflight.access import missing, rights_of_fault, rights_of_undo
from seakeep.chaos.preflight.preconditions.situation import Situation

__all__ = ["rights_granted"]


def rights_granted(situation: Situation) -> Iterator[str]:
    """Tell what the cluster would not let us do, or undo."""
    rights = frozenset().union(
        *(rights_of_fault(fault) for fault in situation.faults),
        *(rights_of_undo(injection.undo) for injection in situation.injections),
    )
    if rights:
        yield from missing(situation.reach.cluster, rights)
