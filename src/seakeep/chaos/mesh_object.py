"""A fault as an object of Chaos Mesh: built by us, asked for, and waited for.

https://chaos-mesh.org/docs/define-chaos-experiment-scope/
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seakeep.chaos.faults import Origin, labels_of, percent
from seakeep.chaos.reach import Reach
from seakeep.chaos.undo import DeleteObject, wait_until
from seakeep.errors import FaultError, RefusedError, UsageError

__all__ = ["GRACE_S", "MeshFault", "Pods"]

GRACE_S = 30.0
"""How long the cluster keeps a fault whose harness died, past its planned end, in seconds."""

_CONFIRM_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods that a fault hits.

    The share is rounded down, but to one pod at least, and asked for as that number: Chaos Mesh's
    own percentage of few pods is none, and then nothing is ever injected.

    Attributes:
        namespace: Where they are.
        selector: Their labels, such as ``app=web``.
        share_percent: How many of them.
    """

    namespace: str
    selector: str
    share_percent: float = 100.0

    def __post_init__(self) -> None:
        """Refuse values that choose nothing.

        Raises:
            UsageError: One of them is out of range.
        """
        labels_of(self.selector)
        percent(self.share_percent, "share of pods")

    def chosen(self, reach: Reach) -> _Chosen:
        """Count them.

        Raises:
            RefusedError: There are none.
            FaultError: The cluster does not answer.
        """
        found = reach.cluster.pods(self.namespace, self.selector)
        total = sum(not pod.deleting for pod in found)
        if not total:
            raise RefusedError(f"no pods of {self.selector} in {self.namespace}: nothing to break")
        count = max(1, math.floor(total * self.share_percent / 100))
        return _Chosen(self, count, total)

    def selector_spec(self) -> Mapping[str, object]:
        """Return the ``selector`` of a Chaos Mesh object."""
        labels = dict(labels_of(self.selector))
        return {"namespaces": [self.namespace], "labelSelectors": labels}


@dataclass(frozen=True, slots=True)
class _Chosen:
    pods: Pods
    count: int
    total: int

    @property
    def share(self) -> float:
        return self.count / self.total

    def spec(self) -> Mapping[str, object]:
        """Return ``mode``, ``value`` and ``selector``."""
        everything = self.pods.share_percent >= 100
        mode = {"mode": "all"} if everything else {"mode": "fixed", "value": str(self.count)}
        return {**mode, "selector": self.pods.selector_spec()}

    def __str__(self) -> str:
        hit = f"{self.count}" if self.count == self.total else f"{self.count} of {self.total}"
        return f"{hit} pods of {self.pods.selector}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshFault:
    """A kind of chaos with its own part of the spec; the rest is the same for all.

    Attributes:
        plural: The kind's plural, such as ``networkchaos``.
        kind: The kind, such as ``NetworkChaos``.
        pods: What it hits.
        duration_s: How long it is planned to last, in seconds.
        what: What it does, for people, such as ``100 ms latency``.
        spec: The kind's own part of the spec.
        least_rise_s: See `Injection.least_rise_s`.
    """

    plural: str
    kind: str
    pods: Pods
    duration_s: float
    what: str
    spec: Mapping[str, object]
    least_rise_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a duration that is none.

        Raises:
            UsageError: It is not above 0.
        """
        if not 0 < self.duration_s < math.inf:
            raise UsageError(f"{self.what} for {self.duration_s:g} s: wanted a duration above 0")

    def prepare(self, reach: Reach, origin: Origin) -> _MeshInjection:
        """Count the pods that will be hit, and build the object."""
        chosen = self.pods.chosen(reach)
        name = origin.object_name()
        return _MeshInjection(
            text=f"{self.what} on {chosen}",
            undo=DeleteObject(self.plural, self.pods.namespace, name),
            least_rise_s=self.least_rise_s,
            share=chosen.share,
            resource={
                "apiVersion": "chaos-mesh.org/v1alpha1",
                "kind": self.kind,
                "metadata": {
                    "name": name,
                    "namespace": self.pods.namespace,
                    "labels": dict(origin.labels()),
                },
                "spec": {
                    **self.spec,
                    **chosen.spec(),
                    "duration": f"{math.ceil(self.duration_s + GRACE_S)}s",
                },
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _MeshInjection:
    text: str
    undo: DeleteObject
    least_rise_s: float
    share: float
    resource: Mapping[str, object]

    def apply(self, reach: Reach) -> None:
        reach.cluster.create(self.undo.ref, self.resource)

    def confirm(self, reach: Reach, stopping: Callable[[], bool]) -> None:
        def settled() -> bool:
            if stopping():
                return True
            conditions = reach.cluster.conditions(self.undo.ref)
            if conditions is None:
                raise FaultError(f"{self.undo.ref} vanished before it was injected")
            return conditions.get("AllInjected", False)

        if not wait_until(settled, _CONFIRM_DEADLINE_S):
            raise FaultError(
                f"{self.undo.ref}: wanted the condition AllInjected within "
                f"{_CONFIRM_DEADLINE_S:g} s, got {reach.cluster.conditions(self.undo.ref)}"
            )
