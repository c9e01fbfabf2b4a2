"""A Deployment and its ReplicaSets: keeps as many pods alive as are wanted, of the latest template.

https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"""

from __future__ import annotations

import math
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from seakeep.sandbox.pods import Owner, Pod, PodTemplate

__all__ = ["MAX_SURGE", "MAX_UNAVAILABLE", "TEMPLATE_HASH", "Deployment", "ReplicaSet"]

_NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # Kubernetes' rand.String: no word can come out
_HISTORY_LIMIT = 10  # spec.revisionHistoryLimit by default

TEMPLATE_HASH = "pod-template-hash"
"""The label that tells the pods of one ReplicaSet from those of another."""

MAX_SURGE, MAX_UNAVAILABLE = 0.25, 0.25
"""Shares of a rolling update, by default: the first is rounded up, the second down."""


@dataclass(frozen=True, eq=False)
class ReplicaSet:
    """One version of a deployment's template, and the name its pods go by.

    Attributes:
        hash: What tells it from the others.
        annotations: Those of its template.
        revision: 1 for the first version, and more for each that came later.
    """

    name: str
    hash: str
    template: PodTemplate
    annotations: Mapping[str, str]
    revision: int
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def owner(self) -> Owner:
        """It, as the owner of pods."""
        return Owner("ReplicaSet", self.name, self.uid)


@dataclass(eq=False)
class Deployment:
    """How many pods are wanted, and what each is made from.

    Attributes:
        live: Its pods that are not being deleted.
        create: Makes and starts a pod of that name.
        remove: Begins the deletion of a pod.
        annotations: Its own.
        replica_sets: One for each version of its template, the latest last.
        sizes: How many pods each of them has, by name.
        resized: Called when one comes to another size, with the size before and the new one.
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
    annotations: dict[str, str] = field(default_factory=dict)
    replica_sets: list[ReplicaSet] = field(default_factory=list)
    sizes: Counter[str] = field(default_factory=Counter)
    resized: Callable[[ReplicaSet, int, int], None] = lambda *_: None

    def __post_init__(self) -> None:
        self._add_replica_set({}, 1)

    @property
    def current(self) -> ReplicaSet:
        """The ReplicaSet of the latest template."""
        return self.replica_sets[-1]

    def scale(self, replicas: int) -> None:
        """Want that many pods from now on."""
        if replicas != self.replicas:
            self.replicas = replicas
            self.generation += 1
        self.reconcile()

    def roll_out(self, annotations: Mapping[str, str]) -> None:
        """Replace the pods, a few at a time, by pods of a template with those annotations."""
        if annotations == self.current.annotations:
            return
        revision = self.current.revision + 1
        known = [found for found in self.replica_sets if found.annotations == annotations]
        if known:  # back to a version that has been: its ReplicaSet is the latest again
            self.replica_sets.remove(known[0])
            self.replica_sets.append(replace(known[0], revision=revision))
        else:
            self._add_replica_set(annotations, revision)
        self.generation += 1
        self.reconcile()

    def reconcile(self) -> None:
        """Take the next step to as many pods of the latest template as are wanted."""
        live = list(self.live())
        latest = [pod for pod in live if pod.owner.name == self.current.name]
        old = [pod for pod in live if pod.owner.name != self.current.name]
        surge = math.ceil(MAX_SURGE * self.replicas) if old else 0
        created = min(self.replicas - len(latest), self.replicas + surge - len(live))
        for _ in range(created):
            name = f"{self.current.name}-{_letters(5)}"
            self.create(name, self.current.template, self.current.owner)
        surplus = _least_useful_first(latest)[: max(0, len(latest) - self.replicas)]
        removable = self._removable(old, latest, max(0, created))
        for pod in [*surplus, *removable]:
            self.remove(pod)
        self._note_sizes()
        if not old:
            self._forget_oldest()

    def _removable(self, old: Sequence[Pod], latest: Sequence[Pod], created: int) -> list[Pod]:
        """The pods of older templates that can go without too few being left.

        As `reconcileOldReplicaSets` in Kubernetes' pkg/controller/deployment/rolling.go: what
        does not work goes first, and what works only while enough others do.
        """
        least = self.replicas - math.floor(MAX_UNAVAILABLE * self.replicas)
        working = sum(pod.ready for pod in latest)
        not_yet = len(latest) + created - working
        room = max(0, len(old) + len(latest) + created - least - not_yet)
        broken = [pod for pod in old if not pod.ready][:room]
        healthy = [pod for pod in _least_useful_first(old) if pod.ready]
        spare = max(0, min(room - len(broken), working + len(healthy) - least))
        return broken + healthy[:spare]

    def _note_sizes(self) -> None:
        before, self.sizes = self.sizes, Counter(pod.owner.name for pod in self.live())
        for version in self.replica_sets:
            if before[version.name] != self.sizes[version.name]:
                self.resized(version, before[version.name], self.sizes[version.name])

    def _add_replica_set(self, annotations: Mapping[str, str], revision: int) -> None:
        drawn = _letters(9)
        template = replace(self.template, labels=self.template.labels | {TEMPLATE_HASH: drawn})
        made = ReplicaSet(f"{self.name}-{drawn}", drawn, template, dict(annotations), revision)
        self.replica_sets.append(made)

    def _forget_oldest(self) -> None:
        """Keep as many old versions as can be gone back to."""
        del self.replica_sets[: -(_HISTORY_LIMIT + 1)]


def _least_useful_first(pods: Iterable[Pod]) -> list[Pod]:
    """Unready pods first, then the youngest."""
    youngest_first = sorted(pods, key=lambda pod: pod.created_at, reverse=True)
    return sorted(youngest_first, key=lambda pod: pod.ready)


def _letters(count: int) -> str:
    return "".join(random.choices(_NAME_LETTERS, k=count))  # noqa: S311 - no secret
