"""Kills a share of the pods, once; their controller replaces them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.faults.pod_choice import Pods, count_of, too_few
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import AwaitPods, wait_until
from seakeep.errors import FaultError, RefusedError

__all__ = ["PodKill"]

_CONFIRM_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class PodKill:
    """Deletes pods picked at random, and leaves as many as must stay.

    The share is rounded down, but to one at least: 25% of 3 pods is 1, of 8 pods 2. (chaosk8s
    rounds up, and takes the only pod there is.) Deleting bypasses the PodDisruptionBudgets, so
    they are asked first.

    Attributes:
        namespace: Where the pods are.
        selector: Their labels, such as ``app=web``.
        share_percent: How many of the ready ones are killed.
        duration_s: For how long the platform is to be watched afterwards, in seconds; the kill
            itself is over at once.
        staying: How many must stay.
    """

    namespace: str
    selector: str
    share_percent: float = 25.0
    duration_s: float = 60.0
    staying: int = 1

    def __post_init__(self) -> None:
        """Refuse values that make no fault.

        Raises:
            UsageError: One of them is out of range.
        """
        _ = self.pods

    @property
    def pods(self) -> Pods:
        """Which pods it is for."""
        return Pods(self.namespace, self.selector, self.share_percent, self.staying)

    def prepare(self, reach: Reach, origin: Origin) -> _Kill:  # noqa: ARG002 - leaves no object
        """Pick the pods.

        Raises:
            RefusedError: Too few would stay, or a PodDisruptionBudget does not allow it.
            FaultError: The cluster does not answer.
        """
        namespace, selector = self.pods.namespace, self.pods.selector
        pods = reach.cluster.pods(namespace, selector)
        if not pods:
            raise RefusedError(f"no pods of {selector} in {namespace}: nothing to break")
        ready = [pod for pod in pods if pod.ready and not pod.deleting]
        count = count_of(len(ready), self.pods.share_percent)
        if len(ready) - count < self.pods.staying or not ready:
            raise RefusedError(too_few(self.pods, count, len(ready)))
        victims = random.sample(ready, count)
        budgets = reach.cluster.disruption_budgets(namespace)
        against = "; ".join(budgets.against([pod.labels for pod in victims]))
        if against:
            raise RefusedError(f"killing {count} of {len(ready)} pods of {selector}: {against}")
        undo = AwaitPods(namespace, selector, len(ready), tuple(pod.uid for pod in victims))
        text = f"{count} of {len(ready)} pods of {selector} killed"
        return _Kill(text, undo, tuple(pod.name for pod in victims), count / len(ready))


@dataclass(frozen=True, slots=True)
class _Kill:
    text: str
    undo: AwaitPods
    names: tuple[str, ...]
    share: float

    @property
    def least_rise_s(self) -> float:
        return 0.0

    def apply(self, reach: Reach) -> None:
        reach.cluster.terminate(self.undo.namespace, self.undo.selector, self.names)

    def confirm(self, reach: Reach, stopping: Callable[[], bool]) -> None:
        def going() -> bool:
            pods = reach.cluster.pods(self.undo.namespace, self.undo.selector)
            staying = [p for p in pods if p.uid in self.undo.killed_uids and not p.deleting]
            return stopping() or not staying

        if not wait_until(going, _CONFIRM_DEADLINE_S):
            raise FaultError(f"the pods {', '.join(self.names)} were deleted, but are still there")
