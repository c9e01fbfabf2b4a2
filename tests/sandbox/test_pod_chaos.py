from __future__ import annotations

from typing import Any

from .conftest import NAMESPACE, Platform
from .polling import eventually

PLACE = ("chaos-mesh.org", "v1alpha1", NAMESPACE, "podchaos")


def pod_chaos(name: str, **spec: Any) -> dict[str, Any]:  # noqa: ANN401 - the client has no types
    selector = {"namespaces": [NAMESPACE], "labelSelectors": {"app": "sandbox-app"}}
    return {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "PodChaos",
        "metadata": {"name": name},
        "spec": {"mode": "one", "selector": selector, **spec},
    }


def victim_of(created: dict[str, Any]) -> str:
    record = created["status"]["experiment"]["containerRecords"][0]
    return str(record["id"]).split("/")[1]


def test_pod_kill_replaces_a_pod(platform: Platform) -> None:
    created = platform.custom.create_namespaced_custom_object(
        *PLACE, pod_chaos("kill", action="pod-kill")
    )
    eventually(lambda: victim_of(created) not in {p.metadata.name for p in platform.pods()})
    eventually(platform.is_steady)


def test_container_kill_restarts_it_in_place(platform: Platform) -> None:
    body = pod_chaos("container", action="container-kill", containerNames=["app"])
    name = victim_of(platform.custom.create_namespaced_custom_object(*PLACE, body))

    def restarts() -> int:
        pod = platform.core.read_namespaced_pod(name, NAMESPACE)
        return int(pod.status.container_statuses[0].restart_count)

    eventually(lambda: restarts() > 0)


def test_pod_failure_keeps_a_pod_down_for_its_duration(platform: Platform) -> None:
    body = pod_chaos("down", action="pod-failure", duration="600ms")
    name = victim_of(platform.custom.create_namespaced_custom_object(*PLACE, body))

    def is_ready() -> bool:
        return bool(
            platform.core.read_namespaced_pod(name, NAMESPACE).status.container_statuses[0].ready
        )

    eventually(lambda: not is_ready())
    found = platform.custom.get_namespaced_custom_object(*PLACE, "down")
    assert found["status"]["experiment"]["desiredPhase"] == "Run"
    eventually(is_ready)
