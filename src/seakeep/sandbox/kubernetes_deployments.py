"""The deployment and its ReplicaSets, as Kubernetes shows them, and what can be changed of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aiohttp import web

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.deployment import MAX_SURGE, MAX_UNAVAILABLE, Deployment, ReplicaSet
from seakeep.sandbox.kubernetes_history import History
from seakeep.sandbox.kubernetes_manifest import check_version, replacing_manifest, texts
from seakeep.sandbox.kubernetes_objects import IMAGE, controlled_by, metadata, owned_by
from seakeep.sandbox.kubernetes_patch import PATCH_TYPES, changed_paths, patched
from seakeep.sandbox.kubernetes_query import json_body, refuse_unsupported
from seakeep.sandbox.kubernetes_resource import (
    READ,
    Collection,
    Column,
    Json,
    Resource,
    Subresource,
)
from seakeep.sandbox.kubernetes_status import ApiError, invalid, not_found
from seakeep.sandbox.pods import Owner

__all__ = ["Deployments", "ReplicaSets"]

_REPLICAS_LIMIT = 20  # each pod is a process of some 40 MB
_REVISION = "deployment.kubernetes.io/revision"
_SCALE = Resource("autoscaling", "v1", "deployments", "Scale")
_CHANGEABLE = (
    ("spec", "replicas"),
    ("spec", "template", "metadata", "annotations"),
    ("metadata", "annotations"),
)


def _shares(found: Json) -> str:
    return f"{found['status']['readyReplicas']}/{found['spec']['replicas']}"


class Deployments(Collection):
    """The one deployment: it can be scaled, and rolled out anew."""

    resource = Resource(
        "apps",
        "v1",
        "deployments",
        "Deployment",
        verbs=(*READ, "update", "patch"),
        short_names=("deploy",),
        categories=("all",),
        columns=(
            Column("Ready", _shares),
            Column("Up-to-date", lambda found: found["status"]["updatedReplicas"], type="integer"),
            Column("Available", lambda found: found["status"]["availableReplicas"], type="integer"),
        ),
        subresources=(
            Subresource("scale", "Scale", ("get", "patch", "update"), "autoscaling", "v1"),
            Subresource("status", "Deployment", ("get",)),
        ),
    )

    def __init__(self, cluster: Cluster, history: History) -> None:
        self._cluster = cluster
        self._history = history

    def objects(self) -> Iterator[Json]:
        """It alone."""
        yield _deployment(self._cluster.deployment, self._cluster)

    def change(self, before: Json, after: Json) -> None:
        """Scale it, roll it out, annotate it; refuse all else.

        Raises:
            ApiError: 422, naming the field that can't be changed, or has no sense.
        """
        deployment = self._cluster.deployment
        for path in changed_paths(before, after):
            if not any(path[: len(allowed)] == allowed for allowed in _CHANGEABLE):
                raise _refusal(".".join(path), "the sandbox can't change it")
        replicas = _replicas(after.get("spec"))
        own = _annotations(after.get("metadata"), "metadata.annotations")
        restarted = _annotations(_template_metadata(after), "spec.template.metadata.annotations")
        own.pop(_REVISION, None)
        deployment.annotations = own
        deployment.scale(replicas)
        deployment.roll_out(restarted)

    def serve(self, app: web.Application) -> None:
        """Add the paths of the scale, and of the status."""
        place = f"{self.resource.root}/namespaces/{{namespace}}/deployments/{{name}}"
        app.router.add_get(f"{place}/scale", self._get_scale)
        app.router.add_put(f"{place}/scale", self._set_scale)
        app.router.add_patch(f"{place}/scale", self._set_scale)
        app.router.add_get(f"{place}/status", self._get_status)

    async def _get_status(self, request: web.Request) -> web.Response:
        return web.json_response(self._find(request))

    async def _get_scale(self, request: web.Request) -> web.Response:
        return web.json_response(_scale(self._find(request)))

    async def _set_scale(self, request: web.Request) -> web.Response:
        refuse_unsupported(request)
        patching = request.method == "PATCH"
        body = await json_body(request, PATCH_TYPES if patching else ())
        before = _scale(self._find(request))
        if patching:
            body = patched(before, request.content_type, body)
        after = replacing_manifest(body, _SCALE, before)
        check_version(_SCALE, before, after)
        for path in changed_paths(before, after):
            if path != ("spec", "replicas"):
                raise _refusal(".".join(path), "the sandbox can't change it", "Scale")
        self._cluster.deployment.scale(_replicas(after.get("spec"), before["spec"]["replicas"]))
        return web.json_response(_scale(self._find(request)))

    def _find(self, request: web.Request) -> Json:
        self._history.refresh(self.resource)
        place = request.match_info["namespace"], request.match_info["name"]
        found = self._history.find(self.resource, *place)
        if found is None:
            raise not_found(self.resource.qualified, place[1])
        return found


class ReplicaSets(Collection):
    """One for each version of the deployment's template."""

    resource = Resource(
        "apps",
        "v1",
        "replicasets",
        "ReplicaSet",
        short_names=("rs",),
        categories=("all",),
        fields=("status.replicas",),
        columns=(
            Column("Desired", lambda found: found["spec"]["replicas"], type="integer"),
            Column("Current", lambda found: found["status"]["replicas"], type="integer"),
            Column("Ready", lambda found: found["status"]["readyReplicas"], type="integer"),
        ),
    )

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def objects(self) -> Iterator[Json]:
        """All versions that are remembered."""
        deployment = self._cluster.deployment
        return (_replica_set(each, self._cluster) for each in deployment.replica_sets)


def _deployment(found: Deployment, cluster: Cluster) -> Json:
    named = metadata(found.name, NAMESPACE, found.uid, found.created_at)
    revision = {_REVISION: str(found.current.revision)}
    labels = dict(found.template.labels)
    return {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": named
        | {
            "generation": found.generation,
            "labels": labels,
            "annotations": found.annotations | revision,
        },
        "spec": {
            "replicas": found.replicas,
            "selector": {"matchLabels": labels},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {
                    "maxSurge": f"{MAX_SURGE:.0%}",
                    "maxUnavailable": f"{MAX_UNAVAILABLE:.0%}",
                },
            },
            "template": _template(labels, found.current),
        },
        "status": _deployment_status(found, cluster),
    }


def _deployment_status(found: Deployment, cluster: Cluster) -> Json:
    live = list(found.live())
    ready = sum(pod.ready for pod in live)
    latest = controlled_by(cluster.pods(), found.current.name)
    done = len(latest) == len(live) == found.replicas and ready == found.replicas
    enough = ready >= found.replicas - int(MAX_UNAVAILABLE * found.replicas)
    available = ("MinimumReplicasAvailable", "MinimumReplicasUnavailable")[not enough]
    progressing = ("NewReplicaSetAvailable", "ReplicaSetUpdated")[not done]
    return {
        "observedGeneration": found.generation,
        "replicas": len(live),
        "updatedReplicas": len(latest),
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": max(0, max(found.replicas, len(live)) - ready),
        "conditions": [
            {"type": "Available", "status": str(enough), "reason": available},
            {"type": "Progressing", "status": "True", "reason": progressing},
        ],
    }


def _template(labels: Mapping[str, str], version: ReplicaSet) -> Json:
    template = version.template
    return {
        "metadata": {"labels": dict(labels), "annotations": dict(version.annotations)},
        "spec": {"containers": [{"name": template.container_name, "image": IMAGE}]},
    }


def _scale(found: Json) -> Json:
    """The scale of a deployment, from the deployment's object."""
    labels = found["spec"]["selector"]["matchLabels"]
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {name: found["metadata"][name] for name in kept},
        "spec": {"replicas": found["spec"]["replicas"]},
        "status": {
            "replicas": found["status"]["replicas"],
            "selector": ",".join(f"{key}={value}" for key, value in labels.items()),
        },
    }


def _replica_set(found: ReplicaSet, cluster: Cluster) -> Json:
    deployment = cluster.deployment
    pods = controlled_by(cluster.pods(), found.name)
    ready = sum(pod.ready for pod in pods)
    labels = dict(found.template.labels)
    return {
        "kind": "ReplicaSet",
        "apiVersion": "apps/v1",
        "metadata": metadata(found.name, NAMESPACE, found.uid, found.created_at)
        | {
            "generation": 1,
            "labels": labels,
            "annotations": {_REVISION: str(found.revision)},
            "ownerReferences": owned_by(
                "apps/v1", Owner("Deployment", deployment.name, deployment.uid)
            ),
        },
        "spec": {
            "replicas": deployment.sizes[found.name],
            "selector": {"matchLabels": labels},
            "template": _template(labels, found),
        },
        "status": {
            "observedGeneration": 1,
            "replicas": len(pods),
            "fullyLabeledReplicas": len(pods),
            "readyReplicas": ready,
            "availableReplicas": ready,
        },
    }


def _replicas(spec: object, default: int = 1) -> int:
    """The replicas an object asks for."""
    replicas = spec.get("replicas", default) if isinstance(spec, dict) else None
    if isinstance(replicas, bool) or not isinstance(replicas, int):
        raise _refusal("spec.replicas", f"found {replicas!r}; wanted a number")
    if not 0 <= replicas <= _REPLICAS_LIMIT:
        raise _refusal("spec.replicas", f"found {replicas}; wanted 0 to {_REPLICAS_LIMIT}")
    return replicas


def _template_metadata(found: Json) -> object:
    place: object = found
    for name in ("spec", "template", "metadata"):
        place = place.get(name) if isinstance(place, dict) else None
    return place


def _annotations(found: object, field: str) -> dict[str, str]:
    annotations = found.get("annotations") if isinstance(found, dict) else None
    return texts(annotations, _refusal(field, f"found {annotations!r}; wanted texts"))


def _refusal(field: str, problem: str, kind: str = "Deployment") -> ApiError:
    return invalid(kind, "sandbox-app", field, problem)
