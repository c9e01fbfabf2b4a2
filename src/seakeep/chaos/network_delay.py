"""Latency on the way out of pods, as a Chaos Mesh NetworkChaos object.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seakeep.chaos.cluster import Cluster
from seakeep.chaos.faults import Origin, labels_of, percent
from seakeep.chaos.undo import DeleteObject, wait_until
from seakeep.errors import FaultError, RefusedError, UsageError

__all__ = ["NetworkDelay"]

_CONFIRM_DEADLINE_S = 20.0
_LEAST_SHARE_OF_LATENCY = 0.5  # of the injected latency that must be seen from outside
_GRACE_S = 30.0
"""How long the cluster keeps a fault whose harness died, past its planned end."""


@dataclass(frozen=True, slots=True)
class NetworkDelay:
    """Delays what pods send.

    The share is rounded down, but to one pod at least, and asked for as that number: Chaos Mesh's
    own percentage of few pods is none, and then nothing is ever injected.

    Attributes:
        namespace: Where the pods are.
        selector: Their labels, such as ``app=web``.
        latency_s: The delay of each packet, in seconds.
        duration_s: How long the fault is planned to last, in seconds.
        share_percent: How many of the pods are hit.
    """

    namespace: str
    selector: str
    latency_s: float
    duration_s: float
    share_percent: float = 100.0

    def __post_init__(self) -> None:
        """Refuse values that make no fault.

        Raises:
            UsageError: One of them is out of range.
        """
        labels_of(self.selector)
        percent(self.share_percent, "share of pods")
        if not (0 < self.latency_s < math.inf and 0 < self.duration_s < math.inf):
            raise UsageError(
                f"latency {self.latency_s:g} s for {self.duration_s:g} s: wanted both above 0"
            )

    def prepare(self, cluster: Cluster, origin: Origin) -> _Delay:
        """Count the pods that will be hit."""
        pods = [pod for pod in cluster.pods(self.namespace, self.selector) if not pod.deleting]
        if not pods:
            raise RefusedError(f"no pods of {self.selector} in {self.namespace}: nothing to slow")
        count = max(1, math.floor(len(pods) * self.share_percent / 100))
        hit = f"{count}" if count == len(pods) else f"{count} of {len(pods)}"
        text = f"{self.latency_s * 1000:g} ms latency on {hit} pods of {self.selector}"
        name = origin.object_name()
        undo = DeleteObject("networkchaos", self.namespace, name)
        least_rise_s = self.latency_s * _LEAST_SHARE_OF_LATENCY
        return _Delay(
            text, undo, least_rise_s, count / len(pods), self._resource(name, origin, count)
        )

    def _resource(self, name: str, origin: Origin, count: int) -> Mapping[str, object]:
        everything = self.share_percent >= 100
        return {
            "apiVersion": "chaos-mesh.org/v1alpha1",
            "kind": "NetworkChaos",
            "metadata": {
                "name": name,
                "namespace": self.namespace,
                "labels": dict(origin.labels()),
            },
            "spec": {
                "action": "delay",
                **({"mode": "all"} if everything else {"mode": "fixed", "value": str(count)}),
                "selector": {
                    "namespaces": [self.namespace],
                    "labelSelectors": dict(labels_of(self.selector)),
                },
                "direction": "to",
                "delay": {"latency": f"{self.latency_s * 1000:.0f}ms"},
                "duration": f"{math.ceil(self.duration_s + _GRACE_S)}s",
            },
        }


@dataclass(frozen=True, slots=True)
class _Delay:
    text: str
    undo: DeleteObject
    least_rise_s: float
    share: float
    resource: Mapping[str, object]

    def apply(self, cluster: Cluster) -> None:
        cluster.create(self.undo.ref, self.resource)

    def confirm(self, cluster: Cluster, stopping: Callable[[], bool]) -> None:
        def settled() -> bool:
            if stopping():
                return True
            conditions = cluster.conditions(self.undo.ref)
            if conditions is None:
                raise FaultError(f"{self.undo.ref} vanished before it was injected")
            return conditions.get("AllInjected", False)

        if not wait_until(settled, _CONFIRM_DEADLINE_S):
            raise FaultError(
                f"{self.undo.ref}: wanted the condition AllInjected within "
                f"{_CONFIRM_DEADLINE_S:g} s, got {cluster.conditions(self.undo.ref)}"
            )
