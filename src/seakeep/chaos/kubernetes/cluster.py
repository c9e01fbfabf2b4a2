"""The one place that speaks to Kubernetes; past it there are only typed records.

Faults are made by chaosk8s, the Chaos Toolkit's own extension. It knows no time-outs, takes a
conflict for a success, and can't list by label, so reading and deleting go to the client itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from chaosk8s.crd.actions import create_custom_object  # type: ignore[import-untyped]
from chaosk8s.pod.actions import terminate_pods  # type: ignore[import-untyped]
from kubernetes import client

from seakeep.chaos.kubernetes.answer import ForbiddenError, asked, asked_unless_forbidden
from seakeep.chaos.kubernetes.chaos_mesh_api import GROUP, VERSION, ChaosMeshApi
from seakeep.chaos.kubernetes.chaos_object import ChaosObject, ObjectRef
from seakeep.chaos.kubernetes.connection import Place, connect
from seakeep.chaos.kubernetes.disruption_budget import DisruptionBudgets
from seakeep.chaos.kubernetes.fault_calls import FaultCalls
from seakeep.errors import FaultError

__all__ = ["RUN_ID_LABEL", "Cluster", "ObjectRef", "PodState"]

RUN_ID_LABEL = "seakeep.dev/run-id"
"""Every object that Seakeep makes carries this label; what carries it is ours to delete."""

_BUDGETS = ("policy", "v1", "poddisruptionbudgets")
_TIMEOUT_S = 5.0
_CALL_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod as the cluster sees it now; ``deleting`` pods take no more requests."""

    name: str
    uid: str
    ready: bool
    deleting: bool
    labels: Mapping[str, str] = field(default_factory=dict)


class Cluster:
    """A Kubernetes cluster, of which little is asked and nothing is taken for granted.

    Attributes:
        place: Which one it is.
        api: The client that leads there, for questions that are asked elsewhere.
    """

    @classmethod
    def at(cls, place: Place) -> Cluster:
        """Return the cluster of a place that was written down.

        Raises:
            FaultError: The way there is gone, or leads elsewhere by now.
        """
        cluster = cls(Path(place.kubeconfig) if place.kubeconfig else None, place.context)
        if place.server and cluster.place.server != place.server:
            raise FaultError(
                f"{place.kubeconfig or 'the default kubeconfig'} leads to "
                f"{cluster.place.server} now; wanted {place.server}, where the fault was made"
            )
        return cluster

    def __init__(self, kubeconfig: Path | None = None, context: str = "") -> None:
        """Get ready to connect.

        Args:
            kubeconfig: The file that leads there; by default the environment's.
            context: Its context; by default the current one.

        Raises:
            FaultError: The file, or the context, is not there or makes no sense.
        """
        api, self.place = connect(kubeconfig, context)
        self.api = api
        self._kubeconfig = kubeconfig
        self._core = client.CoreV1Api(api)
        self._apps = client.AppsV1Api(api)
        self._custom = client.CustomObjectsApi(api)
        self._mesh = ChaosMeshApi(api)
        self._calls = FaultCalls()

    def pods(self, namespace: str, selector: str) -> tuple[PodState, ...]:
        """Return the pods of a label selector that have not ended.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        listed = asked(
            lambda: self._core.list_namespaced_pod(
                namespace, label_selector=selector, _request_timeout=_TIMEOUT_S
            )
        )
        if listed is None:
            raise FaultError(f"{self.place.server} knows no pods: is it a Kubernetes cluster?")
        return tuple(
            _pod(pod) for pod in listed.items if pod.status.phase not in {"Succeeded", "Failed"}
        )

    def wanted_replicas(self, namespace: str, selector: str) -> int | None:
        """Return how many pods of a selector their controllers want now.

        ``None`` when there is no Deployment or StatefulSet of such pods, or we may not look.

        Raises:
            FaultError: The cluster does not answer.
        """
        labels = dict(pair.strip().split("=", 1) for pair in selector.split(","))
        lists = (self._apps.list_namespaced_deployment, self._apps.list_namespaced_stateful_set)
        wanted = [
            int(controller.spec.replicas)
            for listed in lists
            for controller in _items(partial(listed, namespace, _request_timeout=_TIMEOUT_S))
            if labels.items() <= (controller.spec.template.metadata.labels or {}).items()
        ]
        return sum(wanted) if wanted else None

    def disruption_budgets(self, namespace: str) -> DisruptionBudgets:
        """Return what the PodDisruptionBudgets of a namespace allow now.

        Raises:
            FaultError: The cluster does not answer.
        """

        def seen() -> DisruptionBudgets:
            # Read as it comes: the client's own type refuses a whole list for one odd condition.
            return DisruptionBudgets.read(
                self._custom.list_namespaced_custom_object(
                    *_BUDGETS[:2], namespace, _BUDGETS[2], _request_timeout=_TIMEOUT_S
                )
            )

        try:
            found: DisruptionBudgets | None = asked(seen)
        except ForbiddenError:
            return DisruptionBudgets(
                unknown=f"we may not list {_BUDGETS[2]} in {namespace} (HTTP 403)"
            )
        return found or DisruptionBudgets()

    def chaos_object(self, ref: ObjectRef) -> ChaosObject | None:
        """Return an object of Chaos Mesh as it is now; ``None`` when it is gone.

        Raises:
            FaultError: The cluster does not answer, or refuses, or knows no such objects at all.
        """
        return self._mesh.get(ref)

    def conditions(self, ref: ObjectRef) -> Mapping[str, bool] | None:
        """Return an object's conditions, such as ``AllInjected``; ``None`` when it is gone.

        Raises:
            FaultError: As for `chaos_object`.
        """
        found = self._mesh.get(ref)
        return None if found is None else found.conditions

    def chaos_objects(self, namespace: str) -> tuple[ChaosObject, ...]:
        """Return every object of Chaos Mesh in a namespace, whoever made it.

        Kinds that we may not list are left out, unless we make them ourselves. Empty where there is
        no Chaos Mesh.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        return self._mesh.all(namespace)

    def create(self, ref: ObjectRef, resource: Mapping[str, object]) -> None:
        """Create a Chaos Mesh object under a name that nothing else has.

        Raises:
            FaultError: It was refused, its name was taken, or no answer came in time.
        """
        body = self._within_deadline(
            lambda: create_custom_object(
                GROUP, VERSION, ref.plural, ref.namespace, resource=dict(resource)
            )
        )
        if body.get("kind") == "Status" or body.get("metadata", {}).get("name") != ref.name:
            raise FaultError(f"{ref}: wanted a new object, got {json.dumps(body)[:200]}")

    def delete(self, ref: ObjectRef) -> None:
        """Ask for an object's deletion; no error when it is not there.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        self._mesh.delete(ref)

    def terminate(self, namespace: str, selector: str, names: tuple[str, ...]) -> None:
        """Delete these pods, and no others.

        Raises:
            FaultError: The cluster refused, or deleted others.
        """
        pattern = f"^({'|'.join(names)})$"
        deleted = self._within_deadline(
            lambda: terminate_pods(selector, pattern, ns=namespace, qty=len(names))
        )
        if sorted(deleted) != sorted(names):
            raise FaultError(f"wanted the pods {', '.join(names)} deleted, got {deleted}")

    def ours(self, namespace: str) -> tuple[ObjectRef, ...]:
        """Return every Chaos Mesh object of a namespace that carries Seakeep's label.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        return tuple(found.ref for found in self._mesh.labelled(namespace, RUN_ID_LABEL))

    def settle(self) -> None:
        """Wait until no call that makes a fault is on its way: none may arrive after its undo.

        Raises:
            FaultError: One still is, so that no absence proves anything yet.
        """
        self._calls.settle(_CALL_DEADLINE_S)

    def _within_deadline(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - untyped beneath
        """Call chaosk8s, which goes where the environment's kubeconfig leads."""
        if self._kubeconfig is not None:
            raise FaultError(f"faults go to the environment's cluster, not to {self._kubeconfig}")
        return self._calls.run(call, _CALL_DEADLINE_S)


def _items(call: Callable[[], Any]) -> tuple[Any, ...]:
    """Return what a list holds; nothing where it is not there, or not for us to see."""
    listed = asked_unless_forbidden(call)
    return () if listed is None else tuple(listed.items)


def _pod(pod: Any) -> PodState:  # noqa: ANN401 - the client is untyped
    conditions = pod.status.conditions or ()
    return PodState(
        name=pod.metadata.name,
        uid=pod.metadata.uid,
        ready=any(c.type == "Ready" and c.status == "True" for c in conditions),
        deleting=pod.metadata.deletion_timestamp is not None,
        labels=dict(pod.metadata.labels or {}),
    )
