"""Nothing else may be broken: no fault of an earlier run, and none of somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seakeep.chaos.kubernetes.cluster import RUN_ID_LABEL
from seakeep.chaos.preflight.preconditions.situation import Situation

__all__ = ["nothing_injected", "nothing_open"]

_TOLD = 3  # of many alike, so many are named


def nothing_open(situation: Situation) -> Iterator[str]:
    """Tell the faults that were never undone."""
    entries = situation.ledger.open_entries()
    for entry in entries[:_TOLD]:
        yield f"{entry.fault} (run {entry.run_id}) was never undone; run `seakeep recover` first"
    yield from _others(entries, "faults were never undone")


def nothing_injected(situation: Situation) -> Iterator[str]:
    """Tell the objects of Chaos Mesh that are in place, whoever made them."""
    for namespace in situation.namespaces:
        found = situation.reach.cluster.chaos_objects(namespace)
        ours = [each.ref for each in found if RUN_ID_LABEL in each.labels]
        theirs = [each.ref for each in found if RUN_ID_LABEL not in each.labels and each.in_place]
        for ref in ours[:_TOLD]:
            yield f"{ref} is in place; run `seakeep recover` first"
        yield from _others(ours, f"objects with our label are in {namespace}")
        for ref in theirs[:_TOLD]:
            yield f"{ref} is in place, which is not ours; wanted no other experiment at a time"
        yield from _others(theirs, f"experiments of others are under way in {namespace}")


def _others(found: Sequence[object], what: str) -> Iterator[str]:
    if len(found) > _TOLD:
        yield f"{len(found) - _TOLD} more {what}"
