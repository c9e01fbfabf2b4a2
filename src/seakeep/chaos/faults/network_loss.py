"""Packets that are lost on the way out of pods, as a Chaos Mesh NetworkChaos object.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

from seakeep.chaos.faults.mesh_object import MeshFault, plain
from seakeep.chaos.faults.pod_choice import Pods
from seakeep.errors import UsageError

__all__ = ["network_loss"]

_LEAST_LOSS_PERCENT = 0.01


def network_loss(
    pods: Pods, loss_percent: float, duration_s: float, *, correlation_percent: float = 0.0
) -> MeshFault:
    """Return a fault that loses some of what pods send.

    Args:
        pods: Which.
        loss_percent: How many of the packets.
        duration_s: How long it is planned to last, in seconds.
        correlation_percent: How much the fate of each takes after that of the one before it, so
            that losses come in bursts.

    Raises:
        UsageError: A value is out of range.
    """
    if not _LEAST_LOSS_PERCENT <= loss_percent <= 100:
        raise UsageError(f"loss {loss_percent:g}%: wanted {_LEAST_LOSS_PERCENT:g} to 100%")
    if not 0 <= correlation_percent <= 100:
        raise UsageError(f"correlation {correlation_percent:g}%: wanted 0 to 100%")
    return MeshFault(
        kind="NetworkChaos",
        pods=pods,
        duration_s=duration_s,
        what=f"{loss_percent:g}% packet loss",
        spec={
            "action": "loss",
            "direction": "to",
            "loss": {"loss": plain(loss_percent), "correlation": plain(correlation_percent)},
        },
    )
