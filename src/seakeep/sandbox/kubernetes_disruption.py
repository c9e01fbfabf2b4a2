"""PodDisruptionBudgets: how many pods may be evicted just now.

https://kubernetes.io/docs/tasks/run-application/configure-pdb/
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime

from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.kubernetes_objects import timestamp
from seakeep.sandbox.kubernetes_resource import Column, Json, Resource
from seakeep.sandbox.kubernetes_spec import Spec
from seakeep.sandbox.kubernetes_stored import CHANGEABLE, Stored, StoredCollection
from seakeep.sandbox.label_selector import LabelSelector
from seakeep.sandbox.pods import Pod

__all__ = ["Budget", "Disruption", "DisruptionBudgets"]

_PERCENT = re.compile(r"([0-9]{1,3})%")
_UNHEALTHY_POLICIES = ("IfHealthyBudget", "AlwaysAllow")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a budget asks for.

    Attributes:
        most_gone: Whether the amount is `maxUnavailable`, and not `minAvailable`.
        amount: Of pods, or of percents.
        percent: Which of the two.
        evict_unhealthy: Whether pods that are not ready may always go.
    """

    selector: LabelSelector
    most_gone: bool
    amount: int
    percent: bool
    evict_unhealthy: bool

    def least(self, expected: int) -> int:
        """How many of so many pods have to be healthy.

        Percentages are rounded up, as `getExpectedPodCount` in Kubernetes'
        pkg/controller/disruption/disruption.go does.
        """
        amount = math.ceil(expected * self.amount / 100) if self.percent else self.amount
        return max(0, expected - amount) if self.most_gone else amount


@dataclass(frozen=True, slots=True)
class Disruption:
    """How a budget stands.

    Attributes:
        expected: How many pods there should be.
        desired: How many of them have to be healthy.
        healthy: How many are.
    """

    expected: int
    desired: int
    healthy: int

    @property
    def allowed(self) -> int:
        """How many pods may be evicted now."""
        return max(0, self.healthy - self.desired) if self.expected else 0


class DisruptionBudgets(StoredCollection[Budget]):
    """Keeps budgets, and compares them with what really is ready."""

    resource = Resource(
        "policy",
        "v1",
        "poddisruptionbudgets",
        "PodDisruptionBudget",
        verbs=CHANGEABLE,
        short_names=("pdb",),
        columns=(
            Column("Min Available", lambda found: str(found["spec"].get("minAvailable", "N/A"))),
            Column(
                "Max Unavailable", lambda found: str(found["spec"].get("maxUnavailable", "N/A"))
            ),
            Column(
                "Allowed Disruptions",
                lambda found: found["status"]["disruptionsAllowed"],
                type="integer",
            ),
        ),
    )

    def __init__(self, cluster: Cluster) -> None:
        super().__init__()
        self._cluster = cluster
        self._turned: dict[str, tuple[bool, datetime]] = {}  # by uid

    def of(self, pod: Pod) -> list[Stored[Budget]]:
        """The budgets that a pod belongs to."""
        labels = pod.template.labels
        return [stored for stored in self.stored() if stored.meaning.selector.matches(labels)]

    def disruption(self, budget: Budget) -> Disruption:
        """How a budget stands just now."""
        chosen = [
            pod for pod in self._cluster.pods() if budget.selector.matches(pod.template.labels)
        ]
        alive = [pod for pod in chosen if pod.deleting_since is None]
        expected = self._expected(chosen) if budget.percent or budget.most_gone else len(alive)
        return Disruption(expected, budget.least(expected), sum(pod.ready for pod in alive))

    def read(self, manifest: Json) -> Budget:
        """The budget that an object describes."""
        name = manifest["metadata"]["name"]
        spec = Spec(self.resource.kind, name, "spec", manifest.get("spec"))
        amounts = {
            field: found
            for field in ("minAvailable", "maxUnavailable")
            if (found := spec.optional(field)) is not None
        }
        if len(amounts) != 1:
            raise spec.refusal("", "wanted one of minAvailable and maxUnavailable")
        ((field, found),) = amounts.items()
        amount, percent = _amount(spec, field, found)
        selector = spec.selector("selector")
        policy = spec.choice("unhealthyPodEvictionPolicy", _UNHEALTHY_POLICIES)
        spec.done()
        most_gone = field == "maxUnavailable"
        return Budget(selector, most_gone, amount, percent, policy == "AlwaysAllow")

    def status(self, stored: Stored[Budget]) -> Json:
        """How it stands, in Kubernetes' words."""
        found = self.disruption(stored.meaning)
        allowed = found.allowed > 0
        if self._turned.get(stored.uid, (not allowed,))[0] is not allowed:
            self._turned[stored.uid] = (allowed, datetime.now(UTC))
        return {
            "observedGeneration": stored.generation,
            "expectedPods": found.expected,
            "desiredHealthy": found.desired,
            "currentHealthy": found.healthy,
            "disruptionsAllowed": found.allowed,
            "conditions": [
                {
                    "type": "DisruptionAllowed",
                    "status": str(allowed),
                    "reason": "SufficientPods" if allowed else "InsufficientPods",
                    "message": "",
                    "observedGeneration": stored.generation,
                    "lastTransitionTime": timestamp(self._turned[stored.uid][1]),
                }
            ],
        }

    def _expected(self, pods: list[Pod]) -> int:
        """What the controllers of those pods want, together."""
        kinds = {pod.owner.kind for pod in pods}
        wanted = self._cluster.deployment.replicas if "ReplicaSet" in kinds else 0
        return wanted + ("StatefulSet" in kinds)


def _amount(spec: Spec, field: str, found: object) -> tuple[int, bool]:
    if isinstance(found, int) and not isinstance(found, bool) and found >= 0:
        return found, False
    match = _PERCENT.fullmatch(found) if isinstance(found, str) else None
    if match is None or int(match[1]) > 100:
        raise spec.refusal(field, f"found {found!r}; wanted a number, or a percentage such as 50%")
    return int(match[1]), True
