"""Which pods a Chaos Mesh object hits: counted by us, and asked for as that number.

https://chaos-mesh.org/docs/define-chaos-experiment-scope/
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from seakeep.chaos.faults.fault import labels_of, percent
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import RefusedError, UsageError

__all__ = ["ChosenPods", "Pods", "count_of", "refuse_beyond_budgets", "too_few"]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
_NAMESPACE = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods that a fault hits, or that are at the other end of it.

    The share is rounded down, but to one pod at least, and asked for as that number: Chaos Mesh's
    own percentage of few pods is none, and then nothing is ever injected.

    Attributes:
        namespace: Where they are.
        selector: Their labels, such as ``app=web``.
        share_percent: How many of them.
        staying: How many must not be hit.
    """

    namespace: str
    selector: str
    share_percent: float = 100.0
    staying: int = 0

    def __post_init__(self) -> None:
        """Refuse values that choose nothing.

        Raises:
            UsageError: One of them is out of range.
        """
        if not _NAMESPACE.fullmatch(self.namespace):
            raise UsageError(f"namespace: found {self.namespace!r}; wanted the name of one")
        labels_of(self.selector)
        percent(self.share_percent, "share of pods")

    def chosen(self, reach: Reach) -> ChosenPods:
        """Count them.

        Raises:
            RefusedError: There are none, or too few would stay.
            FaultError: The cluster does not answer.
        """
        found = reach.cluster.pods(self.namespace, self.selector)
        total = sum(not pod.deleting for pod in found)
        if not total:
            raise RefusedError(f"no pods of {self.selector} in {self.namespace}: nothing to break")
        count = count_of(total, self.share_percent)
        if total - count < self.staying:
            raise RefusedError(too_few(self, count, total))
        return ChosenPods(self, count, total)


def count_of(total: int, share_percent: float) -> int:
    """Return a share of so many pods, rounded down, but to one at least."""
    return max(1, math.floor(total * share_percent / 100))


def too_few(pods: Pods, count: int, total: int) -> str:
    """Return why so many of the pods can't be taken, for people."""
    left = f"{total - count}" if total > count else "none"
    return (
        f"{pods.share_percent:g}% of {total} ready {'pod' if total == 1 else 'pods'} of "
        f"{pods.selector} in {pods.namespace} would leave {left}; wanted at least "
        f"{pods.staying} to stay"
    )


@dataclass(frozen=True, slots=True)
class ChosenPods:
    """So many pods of those that match.

    Attributes:
        pods: What they match.
        count: How many are hit.
        total: How many match.
    """

    pods: Pods
    count: int
    total: int

    @property
    def share(self) -> float:
        """The share of the matching pods that is hit, above 0 and up to 1."""
        return self.count / self.total

    def spec(self) -> Mapping[str, object]:
        """Return ``mode``, ``value`` and ``selector``, as Chaos Mesh has them."""
        everything = self.pods.share_percent >= 100
        mode = {"mode": "all"} if everything else {"mode": "fixed", "value": str(self.count)}
        labels = dict(labels_of(self.pods.selector))
        return {
            **mode,
            "selector": {"namespaces": [self.pods.namespace], "labelSelectors": labels},
        }

    def __str__(self) -> str:
        of_them = "" if self.count == self.total else f" of {self.total}"
        word = "pod" if self.total == 1 else "pods"
        return f"{self.count}{of_them} {word} of {self.pods.selector}"


def refuse_beyond_budgets(reach: Reach, chosen: ChosenPods) -> None:
    """Return when the PodDisruptionBudgets allow so many of the pods to be down.

    Raises:
        RefusedError: One does not.
        FaultError: The cluster does not answer.
    """
    pods = chosen.pods
    labels = [pod.labels for pod in reach.cluster.pods(pods.namespace, pods.selector)]
    budgets = reach.cluster.disruption_budgets(pods.namespace)
    against = "; ".join(budgets.against(labels[: chosen.count]))
    if against:
        raise RefusedError(f"taking down {chosen}: {against}")
