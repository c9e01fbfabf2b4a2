from __future__ import annotations

import threading
from typing import Any

import httpx
import psutil
import pytest
from chaosk8s.pod.actions import terminate_pods  # type: ignore[import-untyped]
from chaosk8s.pod.probes import count_pods, pods_in_phase  # type: ignore[import-untyped]

from .conftest import NAMESPACE, Platform
from .polling import eventually


def _pid(pod: Any) -> int:  # noqa: ANN401 - the client has no types
    return int(pod.status.container_statuses[0].container_id.removeprefix("process://"))


def test_every_pod_is_a_process_of_its_own(platform: Platform) -> None:
    pids = {_pid(pod) for pod in platform.core.list_namespaced_pod(NAMESPACE).items}
    assert len(pids) == 4
    assert all(psutil.Process(pid).ppid() == platform.environment.supervisor_pid for pid in pids)


def test_a_killed_container_starts_again_in_the_same_pod(platform: Platform) -> None:
    victim = platform.pods()[0]
    restarts = victim.status.container_statuses[0].restart_count
    psutil.Process(_pid(victim)).kill()

    def restarted() -> bool:
        pod = platform.core.read_namespaced_pod(victim.metadata.name, NAMESPACE)
        status = pod.status.container_statuses[0]
        return bool(status.ready and status.restart_count == restarts + 1)

    eventually(restarted)
    again = platform.core.read_namespaced_pod(victim.metadata.name, NAMESPACE)
    assert again.metadata.uid == victim.metadata.uid
    assert _pid(again) != _pid(victim)
    assert again.status.container_statuses[0].last_state.terminated.exit_code == 137


def test_a_deleted_pod_is_replaced_by_a_new_one(platform: Platform) -> None:
    victim = platform.pods()[0]
    gone = platform.core.delete_namespaced_pod(victim.metadata.name, NAMESPACE)
    assert gone.metadata.deletion_timestamp is not None
    eventually(lambda: victim.metadata.name not in {p.metadata.name for p in platform.pods()})
    eventually(platform.is_steady)
    assert victim.metadata.uid not in {pod.metadata.uid for pod in platform.pods()}
    owner = platform.pods()[-1].metadata.owner_references[0]
    assert owner.kind == "ReplicaSet"
    assert platform.pods()[-1].metadata.name.startswith(owner.name + "-")


def test_a_graceful_delete_loses_no_request(platform: Platform) -> None:
    stop, statuses = threading.Event(), []

    def visit() -> None:
        with httpx.Client(base_url=platform.environment.base_url, trust_env=False) as http:
            while not stop.is_set():
                statuses.append(http.get("/health").status_code)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    try:
        victim = platform.pods()[0].metadata.name
        platform.core.delete_namespaced_pod(victim, NAMESPACE)
        eventually(lambda: victim not in {pod.metadata.name for pod in platform.pods()})
        eventually(platform.is_steady)
    finally:
        stop.set()
        for visitor in visitors:
            visitor.join()
    assert len(statuses) > 20
    assert set(statuses) == {200}


def test_chaosk8s_terminates_and_counts_pods(platform: Platform) -> None:
    before = {pod.metadata.name for pod in platform.pods()}
    chosen = {"label_selector": "app=sandbox-app", "ns": NAMESPACE}
    deleted = terminate_pods(**chosen, mode="percentage", qty=25, rand=True, grace_period=0)
    assert len(deleted) == 1
    assert set(deleted) <= before
    eventually(platform.is_steady)
    assert count_pods(**chosen) == 3
    assert count_pods(**chosen, phase="Running") == 3
    assert pods_in_phase(**chosen, phase="Running")


def test_a_deployment_is_scaled_by_its_scale_and_by_its_spec(platform: Platform) -> None:
    place = ("sandbox-app", NAMESPACE)
    platform.apps.patch_namespaced_deployment_scale(*place, {"spec": {"replicas": 1}})
    eventually(lambda: len(platform.pods()) == 1)
    assert platform.apps.read_namespaced_deployment_scale(*place).spec.replicas == 1
    platform.apps.patch_namespaced_deployment(*place, {"spec": {"replicas": 0}})
    eventually(lambda: not platform.pods())
    answer = platform.get("/")
    assert answer.status_code == 503
    assert answer.json() == {"error": "no ready pods", "pods": []}
    scale = platform.apps.read_namespaced_deployment_scale(*place)
    scale.spec.replicas = 3
    platform.apps.replace_namespaced_deployment_scale(*place, scale)
    eventually(platform.is_steady)
    assert platform.apps.read_namespaced_deployment(*place).status.ready_replicas == 3


def test_without_the_store_nothing_is_ready_and_the_ingress_says_why(platform: Platform) -> None:
    store = platform.core.read_namespaced_pod("sandbox-store-0", NAMESPACE)
    old = psutil.Process(_pid(store))
    # Stopped rather than killed at first: connections open and nobody answers.
    old.suspend()
    health = platform.get("/health")
    assert health.status_code == 503
    assert "store unreachable: no answer within 1 s" in health.text
    old.kill()
    eventually(lambda: "no ready pods" in platform.get("/api/progress").text)
    reasons = {pod["reason"] for pod in platform.get("/").json()["pods"]}
    assert all(reason.startswith("readiness probe failed: HTTP 503: store") for reason in reasons)
    dead = platform.core.read_namespaced_pod("sandbox-store-0", NAMESPACE)
    assert dead.status.phase == "Failed"
    assert dead.status.container_statuses[0].state.terminated.signal == 9
    # It stays dead until its pod is deleted.
    platform.core.delete_namespaced_pod("sandbox-store-0", NAMESPACE)
    eventually(platform.is_steady)
    assert platform.get("/health").status_code == 200


@pytest.mark.parametrize("patch", [{"spec": {"paused": True}}, {"spec": {"replicas": -1}}])
def test_a_patch_it_cannot_do_is_refused(platform: Platform, patch: dict[str, Any]) -> None:
    url = f"{platform.environment.api_url}/apis/apps/v1/namespaces/{NAMESPACE}/deployments"
    merge = {"Content-Type": "application/merge-patch+json"}
    answer = httpx.patch(f"{url}/sandbox-app", json=patch, headers=merge, trust_env=False)
    assert answer.status_code == 422
    assert answer.json()["reason"] == "Invalid"
