"""The one place that speaks to Kubernetes; past it there are only typed records.

Faults are made by chaosk8s, the Chaos Toolkit's own extension. It knows no time-outs, takes a
conflict for a success, and can't list by label, so reading and deleting go to the client itself.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from chaosk8s.crd.actions import create_custom_object  # type: ignore[import-untyped]
from chaosk8s.pod.actions import terminate_pods  # type: ignore[import-untyped]
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from seakeep.chaos.connection import Place, connect
from seakeep.errors import FaultError

__all__ = ["RUN_ID_LABEL", "Cluster", "ObjectRef", "PodState"]

T = TypeVar("T")

RUN_ID_LABEL = "seakeep.dev/run-id"
"""Every object that Seakeep makes carries this label; what carries it is ours to delete."""

_GROUP = "chaos-mesh.org"
_VERSION = "v1alpha1"
_PLURALS = ("networkchaos", "podchaos", "stresschaos")
_TIMEOUT_S = 5.0
_CALL_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """Where a Chaos Mesh object is: its plural kind, namespace and name."""

    plural: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.plural}/{self.name} in {self.namespace}"


@dataclass(frozen=True, slots=True)
class PodState:
    """A pod as the cluster sees it now; ``deleting`` pods take no more requests."""

    name: str
    uid: str
    ready: bool
    deleting: bool


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
        self._calls: list[threading.Thread] = []

    def pods(self, namespace: str, selector: str) -> tuple[PodState, ...]:
        """Return the pods of a label selector that have not ended.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        listed = _asked(
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

    def conditions(self, ref: ObjectRef) -> Mapping[str, bool] | None:
        """Return an object's conditions, such as ``AllInjected``; ``None`` when it is gone.

        Raises:
            FaultError: The cluster does not answer, or refuses, or knows no such objects at all.
        """
        body = _asked(
            lambda: self._custom.get_namespaced_custom_object(
                _GROUP, _VERSION, ref.namespace, ref.plural, ref.name, _request_timeout=_TIMEOUT_S
            )
        )
        if body is None:
            if self._listed(ref.namespace, ref.plural) is None:
                raise FaultError(f"{self.place.server} knows no {ref.plural}.{_GROUP}: {ref}?")
            return None
        listed = body.get("status", {}).get("conditions") or ()
        return {str(entry["type"]): entry["status"] == "True" for entry in listed}

    def create(self, ref: ObjectRef, resource: Mapping[str, object]) -> None:
        """Create a Chaos Mesh object under a name that nothing else has.

        Raises:
            FaultError: It was refused, its name was taken, or no answer came in time.
        """
        body = self._within_deadline(
            lambda: create_custom_object(
                _GROUP, _VERSION, ref.plural, ref.namespace, resource=dict(resource)
            )
        )
        if body.get("kind") == "Status" or body.get("metadata", {}).get("name") != ref.name:
            raise FaultError(f"{ref}: wanted a new object, got {json.dumps(body)[:200]}")

    def delete(self, ref: ObjectRef) -> None:
        """Ask for an object's deletion; no error when it is not there.

        Raises:
            FaultError: The cluster does not answer, or refuses.
        """
        _asked(
            lambda: self._custom.delete_namespaced_custom_object(
                _GROUP, _VERSION, ref.namespace, ref.plural, ref.name, _request_timeout=_TIMEOUT_S
            )
        )

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
        return tuple(ref for plural in _PLURALS for ref in self._ours(namespace, plural))

    def settle(self) -> None:
        """Wait until no call that makes a fault is on its way: none may arrive after its undo.

        Raises:
            FaultError: One still is, so that no absence proves anything yet.
        """
        end = time.monotonic() + _CALL_DEADLINE_S
        for call in self._calls:
            call.join(max(0.0, end - time.monotonic()))
        self._calls = [call for call in self._calls if call.is_alive()]
        if self._calls:
            raise FaultError(
                f"{len(self._calls)} call for a fault is still on its way; it may take effect yet"
            )

    def _ours(self, namespace: str, plural: str) -> tuple[ObjectRef, ...]:
        items = self._listed(namespace, plural) or ()
        return tuple(ObjectRef(plural, namespace, str(i["metadata"]["name"])) for i in items)

    def _listed(self, namespace: str, plural: str) -> list[Any] | None:
        """Return the objects that carry our label; ``None`` where the kind is not known."""
        listed = _asked(
            lambda: self._custom.list_namespaced_custom_object(
                _GROUP,
                _VERSION,
                namespace,
                plural,
                label_selector=RUN_ID_LABEL,
                _request_timeout=_TIMEOUT_S,
            )
        )
        return None if listed is None else list(listed["items"])

    def _within_deadline(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - untyped beneath
        """Call chaosk8s, which has no time-out, from a thread that may be left behind."""
        if self._kubeconfig is not None:
            raise FaultError(f"faults go to the environment's cluster, not to {self._kubeconfig}")
        results: list[Any] = []
        errors: list[Exception] = []

        def work() -> None:
            try:
                results.append(call())
            except Exception as error:  # noqa: BLE001 - translated below, on the caller's thread
                errors.append(error)

        thread = threading.Thread(target=work, daemon=True, name="chaosk8s")
        self._calls.append(thread)
        thread.start()
        thread.join(_CALL_DEADLINE_S)
        if errors:
            raise FaultError(f"the cluster did not take the fault: {errors[0]}") from errors[0]
        if not results:
            raise FaultError(f"the cluster did not answer within {_CALL_DEADLINE_S:g} s")
        return results[0]


def _items(call: Callable[[], Any]) -> tuple[Any, ...]:
    """Return what a list holds; nothing where it is not there, or not for us to see."""

    def look() -> Any:  # noqa: ANN401 - the client is untyped
        try:
            return call()
        except ApiException as error:
            if error.status == 403:
                return None
            raise

    listed = _asked(look)
    return () if listed is None else tuple(listed.items)


def _asked(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the client is untyped
    """Return the cluster's answer, or ``None`` when what was asked for is not there."""
    try:
        return call()
    except ApiException as error:
        if error.status == 404:
            return None
        raise FaultError(f"the cluster refused: HTTP {error.status} {error.reason}") from error
    except (HTTPError, OSError) as error:
        raise FaultError(f"the cluster does not answer: {error}") from error


def _pod(pod: Any) -> PodState:  # noqa: ANN401 - the client is untyped
    conditions = pod.status.conditions or ()
    return PodState(
        name=pod.metadata.name,
        uid=pod.metadata.uid,
        ready=any(c.type == "Ready" and c.status == "True" for c in conditions),
        deleting=pod.metadata.deletion_timestamp is not None,
    )
