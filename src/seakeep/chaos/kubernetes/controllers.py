"""The controllers of pods: Deployments and StatefulSets, and whether they are whole.

When one is on its way from one version to the next is told as `kubectl rollout status` does:
https://github.com/kubernetes/kubectl/blob/master/pkg/polymorphichelpers/rollout_status.go
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from kubernetes import client

from seakeep.chaos.faults.fault import labels_of
from seakeep.chaos.kubernetes.answer import asked
from seakeep.chaos.kubernetes.cluster import Cluster

__all__ = ["Controller", "controllers", "orphans"]

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Controller:
    """A Deployment or a StatefulSet.

    Attributes:
        name: Its kind and name.
        wanted: How many pods it is to have.
        ready: How many of them are ready.
        changing: Why it is not settled: it rolls out, or has not seen its latest change.
    """

    name: str
    wanted: int
    ready: int
    changing: str = ""


def controllers(cluster: Cluster, namespace: str, selector: str) -> tuple[Controller, ...]:
    """Return the controllers whose pods a selector finds.

    Raises:
        ForbiddenError: We may not look.
        FaultError: The cluster does not answer.
    """
    apps, labels = client.AppsV1Api(cluster.api), labels_of(selector)
    kinds: tuple[tuple[Callable[..., Any], Callable[[Any], Controller]], ...] = (
        (apps.list_namespaced_deployment, _deployment),
        (apps.list_namespaced_stateful_set, _stateful_set),
    )
    return tuple(
        read(found)
        for listed, read in kinds
        for found in _items(listed, namespace)
        if labels.items() <= (found.spec.template.metadata.labels or {}).items()
    )


def orphans(cluster: Cluster, namespace: str, selector: str) -> tuple[str, ...]:
    """Return the pods that no controller of whatever kind would replace.

    Raises:
        ForbiddenError: We may not look.
        FaultError: The cluster does not answer.
    """
    listed = partial(client.CoreV1Api(cluster.api).list_namespaced_pod, label_selector=selector)
    return tuple(
        str(pod.metadata.name)
        for pod in _items(listed, namespace)
        if pod.status.phase not in {"Succeeded", "Failed"}
        and not any(owner.controller for owner in pod.metadata.owner_references or ())
    )


def _items(listed: Callable[..., Any], namespace: str) -> Iterator[Any]:
    found = asked(partial(listed, namespace, _request_timeout=_TIMEOUT_S))
    yield from () if found is None else found.items


def _deployment(found: Any) -> Controller:  # noqa: ANN401 - the client is untyped
    wanted, status = _wanted(found), found.status
    updated = status.updated_replicas or 0
    rolls_out = updated < wanted or (status.replicas or 0) > updated
    return Controller(
        f"Deployment {found.metadata.name}",
        wanted,
        status.ready_replicas or 0,
        _unseen(found) or ("it rolls out a new version" if rolls_out else ""),
    )


def _stateful_set(found: Any) -> Controller:  # noqa: ANN401 - the client is untyped
    status, strategy = found.status, found.spec.update_strategy
    by_itself = strategy is None or strategy.type == "RollingUpdate"
    partition = strategy.rolling_update.partition if strategy and strategy.rolling_update else 0
    rolls_out = by_itself and not partition and status.update_revision != status.current_revision
    return Controller(
        f"StatefulSet {found.metadata.name}",
        _wanted(found),
        status.ready_replicas or 0,
        _unseen(found) or ("it rolls out a new version" if rolls_out else ""),
    )


def _wanted(found: Any) -> int:  # noqa: ANN401 - the client is untyped
    return 1 if found.spec.replicas is None else int(found.spec.replicas)


def _unseen(found: Any) -> str:  # noqa: ANN401 - the client is untyped
    seen = found.status.observed_generation or 0
    return "its latest change was not seen yet" if seen < (found.metadata.generation or 0) else ""
