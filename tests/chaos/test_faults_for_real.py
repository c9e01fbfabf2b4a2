"""Every fault, on the sandbox: taken, confirmed in the pods that were counted, and gone again."""

from __future__ import annotations

import pytest
from kubernetes import client
from kubernetes.config import kube_config

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.faults.injecting import FAULTS
from seakeep.chaos.faults.mesh_object import MeshInjection
from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import RefusedError

from .conftest import Harness

ORIGIN = Origin("for-real", "r1")


@pytest.fixture
def reach(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> Reach:
    # The client reads the variable once, when it is imported.
    file = str(harness.sandbox.kubeconfig)
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", file)
    return Reach()


@pytest.mark.parametrize(
    ("name", "asked", "hit"),
    [
        ("delay_network", {"latency_ms": 1, "jitter_ms": 0.5, "correlation_percent": 25}, {".": 3}),
        ("delay_network", {"latency_ms": 1, "share_percent": 67}, {".": 2}),
        ("delay_dependency", {"latency_ms": 1}, {".": 3, ".Target": 1}),
        ("lose_packets", {"loss_percent": 0.01, "correlation_percent": 12.5}, {".": 3}),
        ("partition_network", {"share_percent": 1}, {".": 1, ".Target": 1}),
        ("limit_bandwidth", {"rate_kbit_per_s": 100_000}, {".": 3}),
        ("stress_cpu", {"load_percent": 5}, {".": 1}),
        ("stress_memory", {"size_mb": 8}, {".": 1}),
    ],
)
def test_a_fault_is_taken_confirmed_in_every_pod_it_counted_and_gone_when_it_is_undone(
    harness: Harness, reach: Reach, name: str, asked: dict[str, float], hit: dict[str, int]
) -> None:
    where = {"namespace": harness.sandbox.namespace, "label_selector": "app=sandbox-app"}
    if name in {"delay_dependency", "partition_network"}:
        where["dependency_selector"] = "app=sandbox-store"
    injection = FAULTS[name](**where, **asked, duration_s=60).prepare(reach, ORIGIN)
    assert isinstance(injection, MeshInjection)
    try:
        injection.apply(reach)
        injection.confirm(reach, lambda: False)
        (found,) = reach.cluster.chaos_objects(harness.sandbox.namespace)
        assert found.ref == injection.undo.ref
        assert found.in_place
        assert {key: found.injected(key) for key in hit} == {
            key: (count, count) for key, count in hit.items()
        }
        assert found.labels["seakeep.dev/run-id"] == "r1"
    finally:
        injection.undo.carry_out(reach, 10)
    assert reach.cluster.chaos_objects(harness.sandbox.namespace) == ()


def test_a_kill_is_refused_while_a_disruption_budget_of_the_sandbox_forbids_it(
    harness: Harness,
) -> None:
    namespace, policy = harness.sandbox.namespace, client.CustomObjectsApi(harness.cluster.api)
    where = ("policy", "v1", namespace, "poddisruptionbudgets")
    budget = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "strict"},
        "spec": {"maxUnavailable": 0, "selector": {"matchLabels": {"app": "sandbox-app"}}},
    }
    policy.create_namespaced_custom_object(*where, budget)
    try:
        with pytest.raises(RefusedError, match="strict allows 0 disruptions now; wanted 1"):
            PodKill(namespace, "app=sandbox-app").prepare(harness.reach, ORIGIN)
    finally:
        policy.delete_namespaced_custom_object(*where, "strict")
    assert PodKill(namespace, "app=sandbox-app").prepare(harness.reach, ORIGIN).names
