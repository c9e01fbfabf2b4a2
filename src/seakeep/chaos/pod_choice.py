"""Which pods a Chaos Mesh object hits: counted by us, and asked for as that number.

https://chaos-mesh.org/docs/define-chaos-experiment-scope/
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from seakeep.chaos.faults import labels_of, percent
from seakeep.chaos.reach import Reach
from seakeep.errors import RefusedError

__all__ = ["ChosenPods", "Pods"]


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods that a fault hits, or that are at the other end of it.

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

    def chosen(self, reach: Reach) -> ChosenPods:
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
        return ChosenPods(self, count, total)


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
