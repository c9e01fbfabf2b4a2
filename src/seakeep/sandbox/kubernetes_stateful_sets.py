"""The StatefulSet of the store, to be read."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.sandbox.cluster import NAMESPACE, STORE_SET, Cluster
from seakeep.sandbox.kubernetes_objects import IMAGE, controlled_by, metadata
from seakeep.sandbox.kubernetes_resource import Collection, Column, Json, Resource

__all__ = ["StatefulSets"]


class StatefulSets(Collection):
    """It wants the one pod of the store."""

    resource = Resource(
        "apps",
        "v1",
        "statefulsets",
        "StatefulSet",
        short_names=("sts",),
        categories=("all",),
        columns=(Column("Ready", lambda found: f"{found['status']['readyReplicas']}/1"),),
    )

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def objects(self) -> Iterator[Json]:
        """It alone."""
        labels = {"app": STORE_SET.name}
        pods = controlled_by(self._cluster.pods(), STORE_SET.name)
        ready = sum(pod.ready for pod in pods)
        named = metadata(STORE_SET.name, NAMESPACE, STORE_SET.uid, self._cluster.created_at)
        yield {
            "kind": "StatefulSet",
            "apiVersion": "apps/v1",
            "metadata": named | {"generation": 1, "labels": labels},
            "spec": {
                "replicas": 1,
                "serviceName": STORE_SET.name,
                "selector": {"matchLabels": labels},
                "template": {
                    "metadata": {"labels": labels},
                    "spec": {"containers": [{"name": "store", "image": IMAGE}]},
                },
            },
            "status": {
                "observedGeneration": 1,
                "replicas": len(pods),
                "readyReplicas": ready,
                "currentReplicas": len(pods),
                "updatedReplicas": len(pods),
                "availableReplicas": ready,
            },
        }
