"""The one namespace there is."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.kubernetes_objects import metadata
from seakeep.sandbox.kubernetes_resource import Collection, Column, Json, Resource

__all__ = ["Namespaces"]


class Namespaces(Collection):
    """The sandbox's namespace."""

    resource = Resource(
        "",
        "v1",
        "namespaces",
        "Namespace",
        namespaced=False,
        short_names=("ns",),
        fields=("status.phase",),
        columns=(Column("Status", lambda found: found["status"]["phase"]),),
    )

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def objects(self) -> Iterator[Json]:
        """It alone."""
        labels = {"kubernetes.io/metadata.name": NAMESPACE}
        named = metadata(NAMESPACE, "", self._cluster.uid, self._cluster.created_at)
        yield {
            "kind": "Namespace",
            "apiVersion": "v1",
            "metadata": named | {"labels": labels},
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }
