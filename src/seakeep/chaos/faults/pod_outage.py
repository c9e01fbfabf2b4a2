"""Pods that are down for a while, as a Chaos Mesh PodChaos object.

https://chaos-mesh.org/docs/simulate-pod-chaos-on-kubernetes/
"""

from __future__ import annotations

from seakeep.chaos.faults.mesh_object import MeshFault
from seakeep.chaos.faults.pod_choice import Pods

__all__ = ["pod_outage"]


def pod_outage(pods: Pods, duration_s: float) -> MeshFault:
    """Return a fault that keeps pods down; unlike killed ones they are not replaced.

    Args:
        pods: Which.
        duration_s: How long it is planned to last, in seconds.

    Raises:
        UsageError: A value is out of range.
    """
    return MeshFault(
        kind="PodChaos",
        pods=pods,
        duration_s=duration_s,
        what="outage",
        where="of {pods}",
        spec={"action": "pod-failure"},
        takes_down=True,
    )
