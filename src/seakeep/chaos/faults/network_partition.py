"""No traffic between pods and what they depend on, as a Chaos Mesh NetworkChaos object.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

from seakeep.chaos.faults.mesh_object import MeshFault
from seakeep.chaos.faults.pod_choice import Pods

__all__ = ["network_partition"]


def network_partition(pods: Pods, target: Pods, duration_s: float) -> MeshFault:
    """Return a fault that lets no packet pass between pods and their dependency, either way.

    Args:
        pods: Which.
        target: The dependency.
        duration_s: How long it is planned to last, in seconds.

    Raises:
        UsageError: A value is out of range.
    """
    return MeshFault(
        kind="NetworkChaos",
        pods=pods,
        target=target,
        duration_s=duration_s,
        what="no traffic",
        where="between {pods} and {target}",
        spec={"action": "partition", "direction": "both"},
    )
