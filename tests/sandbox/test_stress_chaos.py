"""Stress as chaosk8s and the official client ask for it; the figures: test_chaos_controller."""

from __future__ import annotations

from typing import Any

import psutil
import pytest
from chaosk8s.chaosmesh.stress.actions import (  # type: ignore[import-untyped]
    delete_stressor,
    stress_cpu,
    stress_memory,
)

from .conftest import NAMESPACE, Platform
from .polling import eventually, gone

PLACE = ("chaos-mesh.org", "v1alpha1", NAMESPACE, "stresschaos")


def status(platform: Platform, name: str) -> dict[str, Any]:
    found: dict[str, Any] = platform.custom.get_namespaced_custom_object(*PLACE, name)["status"]
    return found


def is_injected(platform: Platform, name: str) -> bool:
    found = {entry["type"]: entry["status"] for entry in status(platform, name)["conditions"]}
    return bool(found["AllInjected"] == "True")


def pids(platform: Platform, name: str) -> list[int]:
    instances = status(platform, name)["instances"]
    return [int(pid) for found in instances.values() for pid in found["uid"].split(",")]


def test_chaosk8s_stresses_cores_and_ends_it(platform: Platform) -> None:
    scope = {"label_selectors": "app=sandbox-app", "mode": "all"}
    stress_cpu("busy", workers=1, load=30, ns=NAMESPACE, duration="60s", **scope)
    eventually(lambda: is_injected(platform, "busy"))
    found = pids(platform, "busy")
    assert len(found) == 3
    supervisor = platform.environment.supervisor_pid
    assert all(psutil.Process(pid).ppid() == supervisor for pid in found)
    assert platform.get("/live").status_code == 200
    delete_stressor("busy", ns=NAMESPACE)
    eventually(lambda: gone(found))


def test_chaosk8s_takes_memory_of_one_pod(platform: Platform) -> None:
    stress_memory(
        "full",
        workers=1,
        size="40MB",
        ns=NAMESPACE,
        label_selectors="app=sandbox-app",
        container_names="app",
    )
    eventually(lambda: is_injected(platform, "full"))
    (pid,) = pids(platform, "full")
    assert psutil.Process(pid).memory_info().rss > 40e6

    def beside() -> int:
        """What the pod that answers has in it besides the application itself."""
        memory = platform.get("/health/detailed").json()["metrics"]["memory"]
        return int(memory["pod_resident_bytes"] - memory["resident_bytes"])

    eventually(lambda: beside() > 40e6)  # the pods answer in turn
    delete_stressor("full", ns=NAMESPACE)
    eventually(lambda: [beside() for _ in range(3)] == [0, 0, 0])


@pytest.mark.parametrize("names", [["store"], ["nobody"]])
def test_containers_that_are_not_there_are_not_chosen(platform: Platform, names: list[str]) -> None:
    body = {
        "apiVersion": "chaos-mesh.org/v1alpha1",
        "kind": "StressChaos",
        "metadata": {"name": "nowhere"},
        "spec": {
            "mode": "all",
            "selector": {"labelSelectors": {"app": "sandbox-app"}},
            "containerNames": names,
            "stressors": {"cpu": {"workers": 1}},
        },
    }
    platform.custom.create_namespaced_custom_object(*PLACE, body)
    found = {entry["type"]: entry["status"] for entry in status(platform, "nowhere")["conditions"]}
    assert (found["Selected"], found["AllInjected"]) == ("False", "False")
