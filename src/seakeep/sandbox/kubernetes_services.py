"""Services and their endpoints: where the pods that are ready really listen.

The services are headless: there is no address of their own, and every pod has a port of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.kubernetes_objects import metadata
from seakeep.sandbox.kubernetes_resource import Collection, Column, Json, Resource
from seakeep.sandbox.pods import Pod

__all__ = ["EndpointsOfServices", "Services"]

_PORTS = {"sandbox-app": ("http", 80), "sandbox-store": ("store", 6379)}
_SHOWN = 3  # addresses that `kubectl get endpoints` prints


class Services(Collection):
    """One in front of the application, one in front of the store."""

    resource = Resource(
        "",
        "v1",
        "services",
        "Service",
        short_names=("svc",),
        categories=("all",),
        columns=(
            Column("Type", lambda found: found["spec"]["type"]),
            Column("Cluster-IP", lambda found: found["spec"]["clusterIP"]),
            Column("External-IP", lambda _: "<none>"),
            Column("Port(s)", lambda found: f"{found['spec']['ports'][0]['port']}/TCP"),
        ),
    )

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def objects(self) -> Iterator[Json]:
        """Both."""
        for name, (port_name, port) in _PORTS.items():
            uid = f"{self._cluster.uid}-{name}"
            entry = {"name": port_name, "port": port, "targetPort": port_name, "protocol": "TCP"}
            yield {
                "kind": "Service",
                "apiVersion": "v1",
                "metadata": metadata(name, NAMESPACE, uid, self._cluster.created_at)
                | {"labels": {"app": name}},
                "spec": {
                    "type": "ClusterIP",
                    "clusterIP": "None",
                    "clusterIPs": ["None"],
                    "selector": {"app": name},
                    "ports": [entry],
                    "sessionAffinity": "None",
                },
                "status": {"loadBalancer": {}},
            }


def _shown(found: Json) -> str:
    ready = [
        f"{address['ip']}:{subset['ports'][0]['port']}"
        for subset in found["subsets"]
        for address in subset.get("addresses", [])
    ]
    more = f" + {len(ready) - _SHOWN} more..." if len(ready) > _SHOWN else ""
    return ",".join(ready[:_SHOWN]) + more or "<none>"


class EndpointsOfServices(Collection):
    """The addresses behind each service."""

    resource = Resource(
        "",
        "v1",
        "endpoints",
        "Endpoints",
        short_names=("ep",),
        columns=(Column("Endpoints", _shown),),
    )

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def objects(self) -> Iterator[Json]:
        """Those of each service, by the name of the service."""
        for name, (port_name, _) in _PORTS.items():
            pods = [pod for pod in self._cluster.pods() if pod.template.labels["app"] == name]
            found = [_subset(pod, port_name) for pod in pods if pod.link.address]
            uid = f"{self._cluster.uid}-{name}-endpoints"
            named = metadata(name, NAMESPACE, uid, self._cluster.created_at)
            yield {
                "kind": "Endpoints",
                "apiVersion": "v1",
                "metadata": named | {"labels": {"app": name}},
                "subsets": found,
            }


def _subset(pod: Pod, port_name: str) -> Json:
    """A pod's address; each pod has a port of its own, and so a subset of its own."""
    host, port = pod.link.address or ("", 0)
    target = {"kind": "Pod", "namespace": NAMESPACE, "name": pod.name, "uid": pod.uid}
    address = {"ip": host, "nodeName": "loopback", "targetRef": target}
    place = "addresses" if pod.ready else "notReadyAddresses"
    return {place: [address], "ports": [{"name": port_name, "port": port, "protocol": "TCP"}]}
