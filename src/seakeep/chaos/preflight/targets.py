"""Which pods a fault asks for, before anybody has looked at the cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.mesh_object import MeshFault
from seakeep.chaos.faults.pod_kill import PodKill

__all__ = ["Target", "targets_of"]


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """The pods that a fault is for, at either end of it.

    Attributes:
        namespace: Where they are.
        selector: Their labels, such as ``app=web``.
        killed: Whether they will have to be replaced.
    """

    namespace: str
    selector: str
    killed: bool = False


def targets_of(faults: Iterable[Fault]) -> tuple[Target, ...]:
    """Return the pods that faults are for, each once; those that are not ours name none."""
    return tuple(sorted(set(_targets(faults))))


def _targets(faults: Iterable[Fault]) -> Iterator[Target]:
    for fault in faults:
        if isinstance(fault, PodKill):
            yield Target(fault.pods.namespace, fault.pods.selector, killed=True)
        elif isinstance(fault, MeshFault):
            for pods in filter(None, (fault.pods, fault.target)):
                yield Target(pods.namespace, pods.selector)
