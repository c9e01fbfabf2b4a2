"""A fault as an object of Chaos Mesh: built by us, asked for, and waited for."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.faults.pod_choice import Pods, refuse_beyond_budgets
from seakeep.chaos.kubernetes.chaos_object import ChaosObject
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import DeleteObject, wait_until
from seakeep.errors import FaultError, UsageError

__all__ = ["GRACE_S", "MeshFault", "MeshInjection", "plain"]

GRACE_S = 30.0
"""How long the cluster keeps a fault whose harness died, past its planned end, in seconds."""

_CONFIRM_DEADLINE_S = 20.0


def plain(value: float) -> str:
    """Return a number as Chaos Mesh reads it: with all its digits, and without an exponent."""
    return format(Decimal(str(value)).normalize(), "f")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshFault:
    """A kind of chaos with its own part of the spec; the rest is the same for all.

    Attributes:
        kind: The kind, such as ``NetworkChaos``.
        pods: What it hits.
        target: What is at the other end of it; ``None`` for everything.
        duration_s: How long it is planned to last, in seconds.
        what: What it does, for people, such as ``100 ms latency``.
        where: Where it does so, with ``{pods}`` and ``{target}`` for both ends.
        spec: The kind's own part of the spec.
        least_rise_s: See `Injection.least_rise_s`.
        takes_down: Whether no pod that is hit answers, so that PodDisruptionBudgets are asked.
    """

    kind: str
    pods: Pods
    duration_s: float
    what: str
    spec: Mapping[str, object]
    target: Pods | None = None
    where: str = "on {pods}"
    least_rise_s: float = 0.0
    takes_down: bool = False

    def __post_init__(self) -> None:
        """Refuse a duration that is none.

        Raises:
            UsageError: It is not above 0.
        """
        if not 0 < self.duration_s < math.inf:
            raise UsageError(f"{self.what} for {self.duration_s:g} s: wanted a duration above 0")

    @property
    def plural(self) -> str:
        """The kind's plural, such as ``networkchaos``: chaos has none of its own."""
        return self.kind.lower()

    def prepare(self, reach: Reach, origin: Origin) -> MeshInjection:
        """Count the pods that will be hit, and build the object.

        Raises:
            RefusedError: There are none, there is no other end, or a PodDisruptionBudget does not
                allow it.
            FaultError: The cluster does not answer.
        """
        chosen = self.pods.chosen(reach)
        if self.takes_down:
            refuse_beyond_budgets(reach, chosen)
        target = self.target.chosen(reach) if self.target else None
        name = origin.object_name()
        return MeshInjection(
            text=f"{self.what} {self.where.format(pods=chosen, target=target)}",
            undo=DeleteObject(self.plural, self.pods.namespace, name),
            least_rise_s=self.least_rise_s,
            share=chosen.share,
            hit={".": chosen.count} | ({".Target": target.count} if target else {}),
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
                    **({"target": target.spec()} if target else {}),
                    "duration": f"{math.ceil(self.duration_s + GRACE_S)}s",
                },
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshInjection:
    """An object that is ready to be made; see `seakeep.chaos.faults.fault.Injection`.

    Attributes:
        hit: How many pods each part of the spec chooses: ``.``, and ``.Target`` if there is one.
        resource: The object.
    """

    text: str
    undo: DeleteObject
    least_rise_s: float
    share: float
    resource: Mapping[str, object]
    hit: Mapping[str, int] = field(default_factory=dict)

    def apply(self, reach: Reach) -> None:
        """Make the object."""
        reach.cluster.create(self.undo.ref, self.resource)

    def confirm(self, reach: Reach, stopping: Callable[[], bool]) -> None:
        """Wait until the fault is in every pod that was counted, or until told to stop.

        Raises:
            FaultError: It is in none of them, or in some only.
        """
        found: list[ChaosObject] = []

        def settled() -> bool:
            if stopping():
                return True
            now = reach.cluster.chaos_object(self.undo.ref)
            if now is None:
                raise FaultError(f"{self.undo.ref} vanished before it was injected")
            found[:] = [now]
            return now.conditions.get("AllInjected", False)

        if not wait_until(settled, _CONFIRM_DEADLINE_S):
            raise FaultError(
                f"{self.undo.ref}: wanted the condition AllInjected within "
                f"{_CONFIRM_DEADLINE_S:g} s, got {dict(found[0].conditions)}{self._short(found[0])}"
            )
        if found and found[0].conditions.get("AllInjected") and (short := self._short(found[0])):
            raise FaultError(f"{self.undo.ref} took hold in part only{short}")

    def _short(self, found: ChaosObject) -> str:
        """Return which pods the fault is not in; empty when all have it, or nobody can tell."""
        counts = {key: (found.injected(key), wanted) for key, wanted in self.hit.items()}
        return "".join(
            f"; {injected} of {wanted} pods have it (selector {key!r})"
            for key, ((injected, chosen), wanted) in counts.items()
            if found.records and (injected < wanted or injected < chosen)
        )
