"""Only what is whole may be broken: an experiment on top of an outage proves nothing."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.chaos.kubernetes.controllers import controllers, orphans
from seakeep.chaos.preflight.preconditions.situation import Situation
from seakeep.chaos.preflight.targets import targets_of

__all__ = ["replicas_whole"]


def replicas_whole(situation: Situation) -> Iterator[str]:
    """Tell the controllers that lack pods or roll out, and pods that nobody would replace."""
    for target in targets_of(situation.faults):
        cluster, namespace = situation.reach.cluster, target.namespace
        for found in controllers(cluster, namespace, target.selector):
            if found.ready < found.wanted:
                yield (
                    f"{found.name} in {namespace} has {found.ready} of {found.wanted} pods ready; "
                    "wanted all of them before any is hit"
                )
            elif found.changing:
                yield f"{found.name} in {namespace}: {found.changing}; wanted it settled"
        for pod in orphans(cluster, namespace, target.selector) if target.killed else ():
            yield f"pod {pod} in {namespace} has no controller; wanted one that replaces it"
