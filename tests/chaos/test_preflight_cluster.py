"""What the pre-flight asks of the cluster: whole controllers, and nobody else's faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.kubernetes.controllers import controllers, orphans
from seakeep.chaos.plan import make_plan
from seakeep.chaos.preflight.access import missing, rights_of_fault
from seakeep.chaos.preflight.preconditions.replicas import replicas_whole
from seakeep.chaos.preflight.preconditions.situation import Situation
from seakeep.chaos.preflight.preflight import refuse_unless_safe
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import FaultError, RefusedError
from seakeep.store import open_store

from .api_server import write_kubeconfig
from .canned_api import CannedApi, telling
from .conftest import LATENCY, Harness, await_true

LABELS = {"app": "web", "tier": "front"}
APP = "app=sandbox-app"


@pytest.fixture
def api() -> Iterator[CannedApi]:
    with telling() as server:
        yield server


@pytest.fixture
def cluster(api: CannedApi, tmp_path: Path) -> Cluster:
    return Cluster(write_kubeconfig(tmp_path / "kubeconfig", api.url))


def settle(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in harness.env().items():
        monkeypatch.setenv(name, value)


def start(harness: Harness, *faults: Fault) -> None:
    with open_store(harness.home) as store:
        plan, ledger = make_plan("network-latency"), Ledger(harness.home)
        refuse_unless_safe(plan, harness.reach, ledger, store, faults)


def controller(status: dict[str, Any], **spec: object) -> dict[str, Any]:
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": []}}
    selector = {"matchLabels": LABELS}
    body = {"replicas": 3, "selector": selector, "template": template, "serviceName": "web"}
    metadata = {"name": "web", "generation": 2}
    return {"items": [{"metadata": metadata, "spec": body | spec, "status": status}]}


WHOLE = {"observedGeneration": 2, "replicas": 3, "readyReplicas": 3, "updatedReplicas": 3}
REVISIONS = {"currentRevision": "web-1", "updateRevision": "web-1"}


@pytest.mark.parametrize(
    ("change", "ready", "changing"),
    [
        ({}, 3, ""),
        ({"readyReplicas": 2}, 2, ""),
        ({"readyReplicas": None}, 0, ""),
        ({"updatedReplicas": 1}, 3, "it rolls out a new version"),
        ({"replicas": 4}, 3, "it rolls out a new version"),
        ({"observedGeneration": 1}, 3, "its latest change was not seen yet"),
    ],
)
def test_a_deployment_is_whole_or_says_why_not(
    api: CannedApi, cluster: Cluster, change: dict[str, Any], ready: int, changing: str
) -> None:
    api.answers["deployments"] = controller(WHOLE | change)
    (found,) = controllers(cluster, "ns", "app=web")
    assert (found.name, found.wanted, found.ready) == ("Deployment web", 3, ready)
    assert found.changing == changing


@pytest.mark.parametrize(
    ("strategy", "revision", "changing"),
    [
        ({"type": "RollingUpdate"}, "web-1", ""),
        ({"type": "RollingUpdate"}, "web-2", "it rolls out a new version"),
        ({"type": "OnDelete"}, "web-2", ""),
        ({"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}, "web-2", ""),
    ],
)
def test_a_stateful_set_is_whole_or_says_why_not(
    api: CannedApi, cluster: Cluster, strategy: dict[str, Any], revision: str, changing: str
) -> None:
    status = WHOLE | REVISIONS | {"updateRevision": revision}
    api.answers["statefulsets"] = controller(status, updateStrategy=strategy)
    (found,) = controllers(cluster, "ns", "app=web,tier=front")
    assert (found.name, found.wanted, found.ready) == ("StatefulSet web", 3, 3)
    assert found.changing == changing


def test_controllers_of_other_pods_are_nobodys_business(api: CannedApi, cluster: Cluster) -> None:
    api.answers["deployments"] = controller({})
    assert controllers(cluster, "ns", "app=other") == ()


def test_a_pod_that_nobody_would_replace_is_found(api: CannedApi, cluster: Cluster) -> None:
    def pod(name: str, phase: str = "Running", **metadata: object) -> dict[str, Any]:
        return {
            "metadata": {"name": name, **metadata},
            "spec": {"containers": []},
            "status": {"phase": phase},
        }

    owner = {"apiVersion": "v1", "kind": "Any", "name": "o", "uid": "u", "controller": True}
    kept, other = {**owner}, {**owner, "controller": False}
    api.answers["pods"] = {
        "items": [
            pod("bare"),
            pod("kept", ownerReferences=[kept]),
            pod("owned", ownerReferences=[other]),
            pod("done", phase="Succeeded"),
        ]
    }
    assert orphans(cluster, "ns", "app=web") == ("bare", "owned")
    api.answers["deployments"] = controller(WHOLE | {"readyReplicas": 2})
    situation = _situation(Reach(cluster=cluster), PodKill("ns", "app=web"))
    assert list(replicas_whole(situation)) == [
        "Deployment web in ns has 2 of 3 pods ready; wanted all of them before any is hit",
        "pod bare in ns has no controller; wanted one that replaces it",
        "pod owned in ns has no controller; wanted one that replaces it",
    ]


def test_a_cluster_without_reviews_of_access_is_a_refusal(cluster: Cluster) -> None:
    (reason,) = missing(cluster, rights_of_fault(PodKill("ns", "app=web")))
    assert reason.startswith("nobody can tell what we may do: SelfSubjectAccessReview: ")
    assert "does not know it (authorization.k8s.io/v1)" in reason


@pytest.mark.parametrize("answer", [{"status": {}}, {"status": None}, {"spec": {}}, ["no"]])
def test_a_review_that_makes_no_sense_is_no_permission(
    api: CannedApi, cluster: Cluster, answer: object
) -> None:
    api.answers["selfsubjectaccessreviews"] = answer
    with pytest.raises(FaultError):
        assert list(missing(cluster, rights_of_fault(PodKill("ns", "app=web")))) == []


def test_a_cluster_that_does_not_answer_is_no_refusal(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settle(harness, monkeypatch)
    nowhere = Cluster(write_kubeconfig(tmp_path / "nowhere", "http://127.0.0.1:1"))
    with open_store(harness.home) as store:
        plan, ledger = make_plan("network-latency"), Ledger(harness.home)
        fault = PodKill("ns", "app=web")
        with pytest.raises(FaultError, match="does not answer") as raised:
            refuse_unless_safe(plan, Reach(cluster=nowhere), ledger, store, [fault])
    assert not isinstance(raised.value, RefusedError)


def test_a_platform_that_lacks_pods_is_whole_first(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(harness, monkeypatch)
    namespace, fault = harness.sandbox.namespace, PodKill(harness.sandbox.namespace, APP)
    start(harness, fault)
    core = client.CoreV1Api(harness.cluster.api)
    name = harness.cluster.pods(namespace, APP)[0].name
    core.delete_namespaced_pod(name, namespace)

    with pytest.raises(RefusedError, match=r"Deployment sandbox-app in .* has 2 of 3 pods ready"):
        start(harness, fault)

    await_true(lambda: not list(replicas_whole(_situation(harness.reach, fault))))


def test_while_somebody_else_experiments_nothing_is_broken(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle(harness, monkeypatch)
    namespace, fault = harness.sandbox.namespace, PodKill(harness.sandbox.namespace, APP)
    place = ("chaos-mesh.org", "v1alpha1", namespace, "networkchaos")
    selector = {"namespaces": [namespace], "labelSelectors": {"app": "sandbox-store"}}
    spec = {"action": "delay", "mode": "all", "selector": selector, "delay": {"latency": "1ms"}}
    body = {"apiVersion": "chaos-mesh.org/v1alpha1", "kind": "NetworkChaos", "spec": spec}
    custom = client.CustomObjectsApi(harness.cluster.api)
    custom.create_namespaced_custom_object(*place, {**body, "metadata": {"name": "theirs"}})
    try:
        with pytest.raises(RefusedError, match=r"networkchaos/theirs in .* which is not ours"):
            start(harness, fault)
    finally:
        custom.delete_namespaced_custom_object(*place, "theirs")
    await_true(lambda: not harness.cluster.chaos_objects(namespace))
    start(harness, fault)


def test_a_mistake_of_the_file_ends_with_2_and_injects_nothing(harness: Harness) -> None:
    file = harness.folder / LATENCY.name
    text = LATENCY.read_text().replace("tolerance: true", "tolerance: ${ratio}")
    file.write_text(text.replace("configuration:\n", "configuration:\n  ratio: 0.99\n"))
    assert harness.start(file).wait(30) == 2, harness.said()
    assert "the Chaos Toolkit never meets the tolerance 0.99" in harness.said()
    assert not list((harness.home / "ledger").glob("*.json"))


def _situation(reach: Reach, fault: Fault) -> Situation:
    nothing: Any = None
    return Situation(nothing, reach, nothing, nothing, (), (fault,))
