"""The cluster's pods, deployment and namespace as Kubernetes API objects."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.container import Container
from seakeep.sandbox.deployment import Deployment
from seakeep.sandbox.pods import Pod

__all__ = ["deployment", "namespace", "object_list", "pod", "scale", "timestamp"]

_IMAGE = "seakeep/sandbox"
Json = dict[str, Any]


def timestamp(moment: datetime) -> str:
    """A moment as Kubernetes writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def object_list(kind: str, version: str, items: list[Json], revision: int) -> Json:
    """A list of objects, each of that kind."""
    metadata = {"resourceVersion": str(revision)}
    return {"kind": f"{kind}List", "apiVersion": version, "metadata": metadata, "items": items}


def namespace(cluster: Cluster) -> Json:
    """The one namespace there is."""
    return {
        "kind": "Namespace",
        "apiVersion": "v1",
        "metadata": {
            "name": NAMESPACE,
            "uid": cluster.uid,
            "resourceVersion": "1",
            "creationTimestamp": timestamp(cluster.created_at),
            "labels": {"kubernetes.io/metadata.name": NAMESPACE},
        },
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def pod(found: Pod) -> Json:
    """A pod with its container's state."""
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": _pod_metadata(found),
        "spec": {
            "containers": [{"name": found.template.container_name, "image": _IMAGE}],
            "restartPolicy": "Always" if found.template.restart else "Never",
            "terminationGracePeriodSeconds": int(found.template.grace_s),
            "nodeName": "loopback",
        },
        "status": _pod_status(found),
    }


def _pod_metadata(found: Pod) -> Json:
    owner = found.owner
    metadata: Json = {
        "name": found.name,
        "namespace": found.template.namespace,
        "uid": found.uid,
        "resourceVersion": str(found.revision),
        "creationTimestamp": timestamp(found.created_at),
        "labels": dict(found.template.labels),
        "ownerReferences": [
            {
                "apiVersion": "apps/v1",
                "kind": owner.kind,
                "name": owner.name,
                "uid": owner.uid,
                "controller": True,
                "blockOwnerDeletion": True,
            }
        ],
    }
    if found.deleting_since is not None:
        metadata["deletionTimestamp"] = timestamp(found.deleting_since)
        metadata["deletionGracePeriodSeconds"] = int(found.deletion_grace_s)
    return metadata


def _pod_status(found: Pod) -> Json:
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
        "startTime": timestamp(found.created_at),
        "containerStatuses": [_container_status(found)],
    }


def _container_status(found: Pod) -> Json:
    container = found.container
    return {
        "name": found.template.container_name,
        "image": _IMAGE,
        "imageID": _IMAGE,
        "containerID": f"process://{container.pid}" if container and container.pid else "",
        "ready": found.ready,
        "started": bool(container and container.running),
        "restartCount": found.restarts,
        "state": _state(container, found),
        "lastState": _state(found.last_container, found) if found.last_container else {},
    }


def _state(container: Container | None, found: Pod) -> Json:
    if container is None:
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


def deployment(found: Deployment) -> Json:
    """The deployment and how many of its pods are there."""
    template = {
        "metadata": {"labels": dict(found.template.labels)},
        "spec": {"containers": [{"name": found.template.container_name, "image": _IMAGE}]},
    }
    live = list(found.live())
    ready = sum(pod.ready for pod in live)
    available = {"type": "Available", "status": str(ready >= found.replicas)}
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": _deployment_metadata(found),
        "spec": {
            "replicas": found.replicas,
            "selector": {"matchLabels": dict(found.template.labels)},
            "template": template,
        },
        "status": {
            "observedGeneration": found.generation,
            "replicas": len(live),
            "updatedReplicas": len(live),
            "readyReplicas": ready,
            "availableReplicas": ready,
            "unavailableReplicas": max(0, found.replicas - ready),
            "conditions": [available],
        },
    }


def scale(found: Deployment) -> Json:
    """The deployment's scale subresource."""
    selector = ",".join(f"{key}={value}" for key, value in found.template.labels.items())
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": _deployment_metadata(found),
        "spec": {"replicas": found.replicas},
        "status": {"replicas": len(list(found.live())), "selector": selector},
    }


def _deployment_metadata(found: Deployment) -> Json:
    return {
        "name": found.name,
        "namespace": found.template.namespace,
        "uid": found.uid,
        "resourceVersion": str(found.revision),
        "generation": found.generation,
        "creationTimestamp": timestamp(found.created_at),
        "labels": dict(found.template.labels),
    }
