from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kubernetes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.kubernetes_disruption import Budget
from seakeep.sandbox.label_selector import LabelSelector

from .conftest import NAMESPACE, Platform
from .polling import eventually

APP = {"matchLabels": {"app": "sandbox-app"}}


@pytest.fixture
def policy(platform: Platform) -> Iterator[Any]:
    """The client of the group; what a test makes goes after it."""
    found = kubernetes.client.PolicyV1Api(platform.core.api_client)
    yield found
    found.delete_collection_namespaced_pod_disruption_budget(NAMESPACE)


def budget(name: str = "crew", **spec: Any) -> Any:  # noqa: ANN401 - the client has no types
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"selector": APP, **spec},
    }


def evict(platform: Platform, name: str, **options: Any) -> Any:  # noqa: ANN401
    body = kubernetes.client.V1Eviction(
        metadata=kubernetes.client.V1ObjectMeta(name=name, namespace=NAMESPACE),
        delete_options=kubernetes.client.V1DeleteOptions(**options),
    )
    return platform.core.create_namespaced_pod_eviction(name, NAMESPACE, body)


def test_a_budget_tells_how_many_pods_may_go_just_now(platform: Platform, policy: Any) -> None:  # noqa: ANN401
    policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget(minAvailable=2))

    def allowed() -> int:
        read = policy.read_namespaced_pod_disruption_budget("crew", NAMESPACE)
        return int(read.status.disruptions_allowed)

    assert allowed() == 1
    platform.core.delete_namespaced_pod(
        platform.pods()[0].metadata.name, NAMESPACE, grace_period_seconds=0
    )
    assert allowed() == 0
    eventually(lambda: allowed() == 1)
    (listed,) = policy.list_namespaced_pod_disruption_budget(NAMESPACE).items
    found = listed.status
    assert (found.expected_pods, found.desired_healthy, found.current_healthy) == (3, 2, 3)


def test_an_eviction_that_breaks_the_budget_is_refused(platform: Platform, policy: Any) -> None:  # noqa: ANN401
    policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget(maxUnavailable="30%"))
    first, second, _ = (pod.metadata.name for pod in platform.pods())
    evict(platform, first, grace_period_seconds=0)
    with pytest.raises(kubernetes.client.ApiException) as refused:
        evict(platform, second)
    assert refused.value.status == 429
    assert "DisruptionBudget" in str(refused.value.body)
    # 30% of three pods, rounded up, is one that may go.
    assert second in {pod.metadata.name for pod in platform.pods()}
    eventually(platform.is_steady)
    assert first not in {pod.metadata.name for pod in platform.pods()}


def test_a_pod_of_no_budget_is_evicted(platform: Platform, policy: Any) -> None:  # noqa: ANN401
    policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget(minAvailable=3))
    uid = platform.core.read_namespaced_pod("sandbox-store-0", NAMESPACE).metadata.uid
    evict(platform, "sandbox-store-0", grace_period_seconds=0)

    def renewed() -> bool:
        try:
            found = platform.core.read_namespaced_pod("sandbox-store-0", NAMESPACE)
        except kubernetes.client.ApiException:
            return False
        return bool(found.metadata.uid != uid)

    eventually(renewed)
    with pytest.raises(kubernetes.client.ApiException) as refused:
        evict(platform, "nobody")
    assert refused.value.status == 404


def test_two_budgets_of_one_pod_are_an_error(platform: Platform, policy: Any) -> None:  # noqa: ANN401
    for name in ("one", "two"):
        policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget(name, minAvailable=0))
    with pytest.raises(kubernetes.client.ApiException) as refused:
        evict(platform, platform.pods()[0].metadata.name)
    assert refused.value.status == 500


def test_a_name_is_taken_once_and_a_spec_can_be_patched(platform: Platform, policy: Any) -> None:  # noqa: ANN401
    policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget(minAvailable=2))
    with pytest.raises(kubernetes.client.ApiException) as refused:
        policy.create_namespaced_pod_disruption_budget(NAMESPACE, budget(minAvailable=2))
    assert refused.value.status == 409
    patch = {"spec": {"minAvailable": 1}}
    changed = policy.patch_namespaced_pod_disruption_budget("crew", NAMESPACE, patch)
    assert changed.metadata.generation == 2
    assert changed.status.disruptions_allowed == 2


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({}, "spec"),
        ({"minAvailable": 1, "maxUnavailable": 1}, "spec"),
        ({"minAvailable": -1}, "spec.minAvailable"),
        ({"minAvailable": "101%"}, "spec.minAvailable"),
        ({"minAvailable": "some"}, "spec.minAvailable"),
        ({"minAvailable": 1, "selector": None}, "spec.selector"),
        ({"minAvailable": 1, "selector": {"matchLabels": {"a": 1}}}, "spec.selector.matchLabels"),
        ({"minAvailable": 1, "colour": "red"}, "spec.colour"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused_by_its_field(
    platform: Platform, spec: dict[str, Any], field: str
) -> None:
    url = f"{platform.environment.api_url}/apis/policy/v1/namespaces/{NAMESPACE}"
    answer = platform.http.post(f"{url}/poddisruptionbudgets", json=budget(**spec))
    assert answer.status_code == 422
    assert answer.json()["details"]["causes"][0]["field"] == field


@given(st.integers(0, 100), st.integers(0, 100))
def test_shares_of_pods_round_to_the_side_that_kubernetes_takes(pods: int, percent: int) -> None:
    least = Budget(LabelSelector(), False, percent, True, False).least(pods)
    most_gone = pods - Budget(LabelSelector(), True, percent, True, False).least(pods)
    assert least == most_gone == -(-pods * percent // 100)
