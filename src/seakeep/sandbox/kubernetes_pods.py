"""Pods and their containers' states, as Kubernetes shows them."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.container import Container
from seakeep.sandbox.kubernetes_objects import IMAGE, metadata, owned_by, timestamp
from seakeep.sandbox.kubernetes_resource import (
    READ,
    Collection,
    Column,
    DeleteOptions,
    Json,
    Resource,
    Subresource,
)
from seakeep.sandbox.pods import Pod

__all__ = ["Pods"]


def _containers(found: Json) -> list[Json]:
    return list(found["status"]["containerStatuses"])


def _told_status(found: Json) -> str:
    """What `kubectl get pods` says of it.

    As `printPod` in Kubernetes' pkg/printers/internalversion/printers.go.
    """
    if "deletionTimestamp" in found["metadata"]:
        return "Terminating"
    state: Json = _containers(found)[0]["state"]
    for kind in ("waiting", "terminated"):
        if kind in state:
            return str(state[kind]["reason"])
    return str(found["status"]["phase"])


def _restarts(found: Json) -> int:
    return int(_containers(found)[0]["restartCount"])


class Pods(Collection):
    """Every pod of the cluster."""

    resource = Resource(
        "",
        "v1",
        "pods",
        "Pod",
        verbs=(*READ, "delete", "deletecollection"),
        short_names=("po",),
        categories=("all",),
        fields=(
            "spec.nodeName",
            "spec.restartPolicy",
            "status.phase",
            "status.podIP",
        ),
        columns=(
            Column("Ready", lambda found: f"{_containers(found)[0]['ready']:d}/1"),
            Column("Status", _told_status),
            Column("Restarts", _restarts, type="integer"),
            Column("IP", lambda found: found["status"].get("podIP", "<none>"), wide=True),
            Column("Node", lambda found: found["spec"]["nodeName"], wide=True),
        ),
        subresources=(
            Subresource("log", "Pod", ("get",)),
            Subresource("exec", "PodExecOptions", ("create", "get")),
            Subresource("eviction", "Eviction", ("create",), "policy", "v1"),
        ),
    )

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def objects(self) -> Iterator[Json]:
        """All pods."""
        return (_pod(found) for found in self._cluster.pods())

    def delete(self, found: Json, options: DeleteOptions) -> None:
        """Begin to delete a pod; its controller replaces it at once."""
        pod = self._cluster.pod(found["metadata"]["name"])
        if pod is not None:
            self._cluster.delete(pod, options.grace_s)


def _pod(found: Pod) -> Json:
    template = found.template
    named = metadata(found.name, template.namespace, found.uid, found.created_at)
    named |= {
        "generateName": f"{found.owner.name}-",
        "labels": dict(template.labels),
        "annotations": {},
        "ownerReferences": owned_by("apps/v1", found.owner),
    }
    if found.deleting_since is not None:
        named["deletionTimestamp"] = timestamp(found.deleting_since)
        named["deletionGracePeriodSeconds"] = int(found.deletion_grace_s)
    container = {"name": template.container_name, "image": IMAGE, "resources": {}}
    if template.probe_path:
        container["readinessProbe"] = {"httpGet": {"path": template.probe_path, "port": "http"}}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": named,
        "spec": {
            "containers": [container],
            "restartPolicy": "Always" if template.restart else "Never",
            "terminationGracePeriodSeconds": int(template.grace_s),
            "nodeName": "loopback",
        },
        "status": _status(found),
    }


def _status(found: Pod) -> Json:
    ready = {"type": "Ready", "status": str(found.ready)}
    since = found.ready_since if found.ready else found.created_at
    if since is not None:
        ready["lastTransitionTime"] = timestamp(since)
    if not found.ready:
        ready |= {"reason": "ContainersNotReady", "message": found.unready_reason or "deleting"}
    return {
        "phase": found.phase,
        "conditions": [
            {"type": "PodScheduled", "status": "True"},
            {"type": "Initialized", "status": "True"},
            {**ready, "type": "ContainersReady"},
            ready,
        ],
        "hostIP": "127.0.0.1",
        "podIP": "127.0.0.1",
        "podIPs": [{"ip": "127.0.0.1"}],
        "qosClass": "BestEffort",
        "startTime": timestamp(found.created_at),
        "containerStatuses": [_container_status(found)],
    }


def _container_status(found: Pod) -> Json:
    container = found.container
    return {
        "name": found.template.container_name,
        "image": IMAGE,
        "imageID": IMAGE,
        "containerID": f"process://{container.pid}" if container and container.pid else "",
        "ready": found.ready,
        "started": bool(container and container.running),
        "restartCount": found.restarts,
        "state": _state(container, found),
        "lastState": _state(found.last_container, found) if found.last_container else {},
    }


def _state(container: Container | None, found: Pod) -> Json:
    coming = container is not None and container.port is None and container.exit_code is None
    if container is None or coming:
        return {"waiting": {"reason": "ContainerCreating"}}
    if container.finished_at is None or container.exit_code is None:
        return {"running": {"startedAt": timestamp(container.started_at)}}
    code = container.exit_code
    ended: Json = {
        "exitCode": code if code >= 0 else 128 - code,
        "reason": "Completed" if code == 0 else "Error",
        "startedAt": timestamp(container.started_at),
        "finishedAt": timestamp(container.finished_at),
    }
    if code < 0:
        ended["signal"] = -code
    if container is found.container and found.template.restart:
        return {"waiting": {"reason": "CrashLoopBackOff", "message": found.unready_reason}}
    return {"terminated": ended}
