"""Latency on the way out of pods, as a Chaos Mesh NetworkChaos object.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

from seakeep.chaos.faults.mesh_object import MeshFault, plain
from seakeep.chaos.faults.pod_choice import Pods
from seakeep.errors import UsageError

__all__ = ["network_delay"]

_LEAST_LATENCY_MS = 0.001  # the kernel delays by whole microseconds at least
_MOST_LATENCY_MS = 600_000.0

_LEAST_SHARE_OF_LATENCY = 0.5  # of the injected latency that must be seen from outside


def network_delay(
    pods: Pods,
    latency_ms: float,
    duration_s: float,
    *,
    jitter_ms: float = 0.0,
    correlation_percent: float = 0.0,
    target: Pods | None = None,
) -> MeshFault:
    """Return a fault that delays what pods send.

    Only a delay of all that they send must be seen in the platform's answers: how much of a
    dependency's delay they pass on is what the experiment asks.

    Args:
        pods: Which.
        latency_ms: The delay of each packet, in milliseconds.
        duration_s: How long it is planned to last, in seconds.
        jitter_ms: By how much a delay may be shorter or longer; at most the latency.
        correlation_percent: How much each jitter takes after the one before it.
        target: Where to; by default everywhere.

    Raises:
        UsageError: A value is out of range.
    """
    if not _LEAST_LATENCY_MS <= latency_ms <= _MOST_LATENCY_MS:
        raise UsageError(
            f"latency {latency_ms:g} ms: wanted {plain(_LEAST_LATENCY_MS)} to "
            f"{plain(_MOST_LATENCY_MS)} ms"
        )
    if not 0 <= jitter_ms <= latency_ms:
        raise UsageError(f"jitter {jitter_ms:g} ms: wanted 0 up to the latency, {latency_ms:g} ms")
    if not 0 <= correlation_percent <= 100:
        raise UsageError(f"correlation {correlation_percent:g}%: wanted 0 to 100%")
    # A strongly correlated jitter may keep every delay at its shortest.
    surely_ms = latency_ms - (jitter_ms if correlation_percent else 0.0)
    jitter = f" ± {jitter_ms:g} ms" if jitter_ms else ""
    return MeshFault(
        kind="NetworkChaos",
        pods=pods,
        target=target,
        duration_s=duration_s,
        what=f"{latency_ms:g} ms{jitter} latency",
        where="on {pods} toward {target}" if target else "on {pods}",
        spec={
            "action": "delay",
            "direction": "to",
            "delay": {
                "latency": f"{plain(latency_ms)}ms",
                "jitter": f"{plain(jitter_ms)}ms",
                "correlation": plain(correlation_percent),
            },
        },
        least_rise_s=0.0 if target else surely_ms / 1000 * _LEAST_SHARE_OF_LATENCY,
    )
