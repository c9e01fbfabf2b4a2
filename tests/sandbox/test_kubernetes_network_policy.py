from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kubernetes
import pytest
from chaosk8s.networking.actions import (  # type: ignore[import-untyped]
    create_network_policy,
    deny_all_egress,
    deny_all_ingress,
    remove_deny_all_egress,
    remove_deny_all_ingress,
    remove_network_policy,
)

from .conftest import NAMESPACE, Platform
from .polling import eventually

STORE, APP = {"app": "sandbox-store"}, {"app": "sandbox-app"}


@pytest.fixture
def networking(platform: Platform) -> Iterator[Any]:
    """The client of the group; what a test makes goes after it."""
    found = kubernetes.client.NetworkingV1Api(platform.core.api_client)
    yield found
    found.delete_collection_namespaced_network_policy(NAMESPACE)
    eventually(platform.is_steady)


def ready(platform: Platform) -> int:
    return sum(pod.status.container_statuses[0].ready for pod in platform.pods())


def has_store(platform: Platform) -> bool:
    return platform.get("/health").status_code == 200


def policy(pods: dict[str, str], **spec: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "reef"},
        "spec": {"podSelector": {"matchLabels": pods}, **spec},
    }


def test_a_store_that_nobody_may_reach_is_not_reached(platform: Platform, networking: Any) -> None:  # noqa: ANN401
    assert has_store(platform)
    deny_all_ingress(label_selectors=STORE, ns=NAMESPACE)
    assert not has_store(platform)
    (listed,) = networking.list_namespaced_network_policy(NAMESPACE).items
    assert listed.spec.pod_selector.match_labels == STORE
    remove_deny_all_ingress(ns=NAMESPACE)
    eventually(lambda: has_store(platform))


def test_it_is_for_pods_that_come_later_too(platform: Platform, networking: Any) -> None:  # noqa: ANN401
    deny_all_egress(label_selectors=APP, ns=NAMESPACE)
    platform.core.delete_collection_namespaced_pod(
        NAMESPACE, label_selector="app=sandbox-app", grace_period_seconds=0
    )

    def started() -> bool:
        pods = platform.pods()
        return len(pods) == 3 and all(pod.status.phase == "Running" for pod in pods)

    eventually(started)
    assert ready(platform) == 0
    remove_deny_all_egress(ns=NAMESPACE)
    eventually(lambda: ready(platform) == 3)


def test_what_a_rule_allows_passes(platform: Platform, networking: Any) -> None:  # noqa: ANN401
    peers = [{"podSelector": {"matchLabels": APP}}]
    create_network_policy(policy(STORE, ingress=[{"from": peers}]), ns=NAMESPACE)
    assert has_store(platform)
    nameless = {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}
    patch = {"spec": {"ingress": [{"from": [{"podSelector": nameless}]}]}}
    networking.patch_namespaced_network_policy("reef", NAMESPACE, patch)
    assert not has_store(platform)
    remove_network_policy("reef", ns=NAMESPACE)
    create_network_policy(policy(APP, ingress=[{}]), ns=NAMESPACE)
    eventually(lambda: has_store(platform))


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"podSelector": None}, "spec.podSelector"),
        ({"policyTypes": ["Sideways"]}, "spec.policyTypes"),
        ({"ingress": [{"ports": [{"port": 80}]}]}, "spec.ingress[0].ports"),
        ({"egress": [{"to": [{"ipBlock": {}}]}]}, "spec.egress[0].to[0].podSelector"),
        (
            {"ingress": [{"from": [{"podSelector": {}, "namespaceSelector": {}}]}]},
            "spec.ingress[0].from[0].namespaceSelector",
        ),
    ],
)
def test_what_is_not_enforced_is_refused_by_its_field(
    platform: Platform, spec: dict[str, Any], field: str
) -> None:
    url = f"{platform.environment.api_url}/apis/networking.k8s.io/v1/namespaces/{NAMESPACE}"
    answer = platform.http.post(f"{url}/networkpolicies", json=policy(STORE, **spec))
    assert answer.status_code == 422
    assert answer.json()["details"]["causes"][0]["field"] == field
