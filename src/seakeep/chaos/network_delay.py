"""Latency on the way out of pods, as a Chaos Mesh NetworkChaos object.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

import math

from seakeep.chaos.mesh_object import MeshFault, Pods
from seakeep.errors import UsageError

__all__ = ["network_delay"]

_LEAST_SHARE_OF_LATENCY = 0.5  # of the injected latency that must be seen from outside


def network_delay(pods: Pods, latency_ms: float, duration_s: float) -> MeshFault:
    """Return a fault that delays what pods send.

    Args:
        pods: Which.
        latency_ms: The delay of each packet, in milliseconds.
        duration_s: How long it is planned to last, in seconds.

    Raises:
        UsageError: A value is out of range.
    """
    if not 0 < latency_ms < math.inf:
        raise UsageError(f"latency {latency_ms:g} ms: wanted one above 0")
    return MeshFault(
        plural="networkchaos",
        kind="NetworkChaos",
        pods=pods,
        duration_s=duration_s,
        what=f"{latency_ms:g} ms latency",
        spec={"action": "delay", "direction": "to", "delay": {"latency": f"{latency_ms:.0f}ms"}},
        least_rise_s=latency_ms / 1000 * _LEAST_SHARE_OF_LATENCY,
    )
