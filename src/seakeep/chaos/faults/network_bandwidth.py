"""A narrow way out of pods, as a Chaos Mesh NetworkChaos object.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

from seakeep.chaos.faults.mesh_object import MeshFault
from seakeep.chaos.faults.pod_choice import Pods
from seakeep.errors import UsageError

__all__ = ["network_bandwidth"]

_LEAST_RATE_KBIT_PER_S = 8.0  # a thousand bytes a second; at 1 a second Chaos Mesh fails to apply
_MOST_RATE_KBIT_PER_S = 1e8

# A packet longer than the bucket never passes (man 8 tc-tbf): an Ethernet frame must fit in.
_LEAST_BUFFER_BYTES = 1600
_MOST_BYTES = 2**32 - 1  # both are uint32 in Chaos Mesh


def network_bandwidth(
    pods: Pods,
    rate_kbit_per_s: float,
    duration_s: float,
    *,
    limit_bytes: int = 20_971_520,
    buffer_bytes: int = 10_000,
) -> MeshFault:
    """Return a fault that lets pods send so much a second and no more.

    Args:
        pods: Which.
        rate_kbit_per_s: The rate, in thousands of bits a second.
        duration_s: How long it is planned to last, in seconds.
        limit_bytes: How much may wait for its turn; what comes on top of it is lost. The default
            is that of Chaos Mesh's documentation, as is the next one.
        buffer_bytes: How much passes at once after a pause.

    Raises:
        UsageError: A value is out of range.
    """
    if not _LEAST_RATE_KBIT_PER_S <= rate_kbit_per_s <= _MOST_RATE_KBIT_PER_S:
        raise UsageError(
            f"rate {rate_kbit_per_s:g} kbit/s: wanted {_LEAST_RATE_KBIT_PER_S:g} to "
            f"{_MOST_RATE_KBIT_PER_S:.0f}"
        )
    for name, found in (("limit", limit_bytes), ("buffer", buffer_bytes)):
        if not _LEAST_BUFFER_BYTES <= found <= _MOST_BYTES:
            raise UsageError(f"{name} {found} bytes: wanted {_LEAST_BUFFER_BYTES} to {_MOST_BYTES}")
    return MeshFault(
        kind="NetworkChaos",
        pods=pods,
        duration_s=duration_s,
        what=f"{rate_kbit_per_s:g} kbit/s",
        spec={
            "action": "bandwidth",
            "direction": "to",
            "bandwidth": {
                # Its "bps" are bytes a second: `ConvertUnitToBytes` in api/v1alpha1.
                "rate": f"{round(rate_kbit_per_s * 1000 / 8)}bps",
                "limit": limit_bytes,
                "buffer": buffer_bytes,
            },
        },
    )
