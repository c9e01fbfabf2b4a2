"""A Deployment with its one ReplicaSet: keeps as many pods alive as are wanted."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seakeep.sandbox.pods import Owner, Pod, PodTemplate

__all__ = ["Deployment"]

_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes' rand.String: no word can come out


@dataclass(eq=False)
class Deployment:
    """How many pods are wanted, and what each is made from.

    Attributes:
        live: The pods of its label that are not being deleted.
        create: Makes and starts a pod of that name.
        remove: Begins the deletion of a pod.
    """

    name: str
    template: PodTemplate
    live: Callable[[], Iterable[Pod]]
    create: Callable[[str, PodTemplate, Owner], None]
    remove: Callable[[Pod], None]
    replicas: int = 3
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    generation: int = 1
    revision: int = 1

    def __post_init__(self) -> None:
        self.replica_set = Owner("ReplicaSet", f"{self.name}-{_letters(9)}", str(uuid.uuid4()))

    def scale(self, replicas: int) -> None:
        """Want that many pods from now on."""
        if replicas != self.replicas:
            self.replicas = replicas
            self.generation += 1
        self.reconcile()

    def reconcile(self) -> None:
        """Create what is missing; remove what is too many, unready and young pods first."""
        live = list(self.live())
        for _ in range(self.replicas - len(live)):
            name = f"{self.replica_set.name}-{_letters(5)}"
            self.create(name, self.template, self.replica_set)
        surplus = len(live) - self.replicas
        if surplus > 0:
            live.sort(key=lambda pod: pod.created_at, reverse=True)
            live.sort(key=lambda pod: pod.ready)
            for pod in live[:surplus]:
                self.remove(pod)


def _letters(count: int) -> str:
    return "".join(random.choices(_NAME_LETTERS, k=count))  # noqa: S311 - no secret
