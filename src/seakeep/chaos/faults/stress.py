"""Pods short of processor time or memory, as Chaos Mesh StressChaos objects.

https://chaos-mesh.org/docs/simulate-heavy-stress-on-kubernetes/
"""

from __future__ import annotations

from collections.abc import Mapping

from seakeep.chaos.faults.mesh_object import MeshFault
from seakeep.chaos.faults.pod_choice import Pods
from seakeep.errors import UsageError

__all__ = ["cpu_stress", "memory_stress"]

_MOST_WORKERS = 8192  # Chaos Mesh's own limit
_MOST_SIZE_MB = 1_000_000


def cpu_stress(pods: Pods, load_percent: int, duration_s: float, *, workers: int = 1) -> MeshFault:
    """Return a fault that keeps the processors of pods busy.

    Args:
        pods: Which.
        load_percent: How busy each worker keeps one core.
        duration_s: How long it is planned to last, in seconds.
        workers: How many there are in each pod.

    Raises:
        UsageError: A value is out of range.
    """
    if not 1 <= load_percent <= 100:
        raise UsageError(f"load {load_percent}%: wanted 1 to 100%")
    if not 1 <= workers <= _MOST_WORKERS:
        raise UsageError(f"{workers} workers: wanted 1 to {_MOST_WORKERS}")
    cores = "one core" if workers == 1 else f"{workers} cores"
    stressor = {"workers": workers, "load": load_percent}
    return _stress(pods, duration_s, f"{load_percent}% load of {cores}", {"cpu": stressor})


def memory_stress(pods: Pods, size_mb: int, duration_s: float) -> MeshFault:
    """Return a fault that takes memory of pods.

    One worker takes it all: Chaos Mesh's documentation and its code do not agree on whether
    several share the size or take as much each.

    Args:
        pods: Which.
        size_mb: How much, in millions of bytes.
        duration_s: How long it is planned to last, in seconds.

    Raises:
        UsageError: A value is out of range.
    """
    if not 1 <= size_mb <= _MOST_SIZE_MB:
        raise UsageError(f"{size_mb} MB of memory: wanted 1 to {_MOST_SIZE_MB} MB")
    stressor = {"workers": 1, "size": f"{size_mb}MB"}
    return _stress(pods, duration_s, f"{size_mb} MB of memory taken", {"memory": stressor})


def _stress(pods: Pods, duration_s: float, what: str, stressors: Mapping[str, object]) -> MeshFault:
    return MeshFault(
        kind="StressChaos",
        pods=pods,
        duration_s=duration_s,
        what=what,
        spec={"stressors": stressors},
    )
