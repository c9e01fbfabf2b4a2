from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import kubernetes
import pytest
from chaosk8s.deployment.actions import (  # type: ignore[import-untyped]
    rollout_deployment,
    scale_deployment,
)
from hypothesis import given
from hypothesis import strategies as st

from seakeep.sandbox.deployment import Deployment
from seakeep.sandbox.pods import Owner, Pod, PodTemplate

from .conftest import NAMESPACE, Platform
from .polling import eventually

PLACE = ("sandbox-app", NAMESPACE)


def rolled_out(platform: Platform) -> bool:
    """As `kubectl rollout status` decides it."""
    found = platform.apps.read_namespaced_deployment(*PLACE)
    status, wanted = found.status, found.spec.replicas
    counts = {status.replicas, status.updated_replicas, status.available_replicas}
    return status.observed_generation == found.metadata.generation and counts == {wanted}


def test_a_rollout_replaces_every_pod_and_most_work_at_all_times(platform: Platform) -> None:
    before = {pod.metadata.uid for pod in platform.pods()}
    revision = platform.apps.read_namespaced_deployment(*PLACE).metadata.annotations
    rollout_deployment(*PLACE)
    fewest = 3

    def done() -> bool:
        nonlocal fewest
        ready = platform.apps.read_namespaced_deployment(*PLACE).status.ready_replicas or 0
        fewest = min(fewest, ready)
        return rolled_out(platform)

    eventually(done, within_s=20)
    assert fewest == 3  # 25% of three pods, rounded down, is none
    eventually(lambda: not before & {pod.metadata.uid for pod in platform.pods()})
    key = "deployment.kubernetes.io/revision"
    after = platform.apps.read_namespaced_deployment(*PLACE).metadata.annotations
    assert int(after[key]) == int(revision[key]) + 1
    versions = platform.apps.list_namespaced_replica_set(NAMESPACE).items
    assert sorted(version.status.ready_replicas for version in versions)[-2:] == [0, 3]


def test_a_stale_update_is_a_conflict(platform: Platform) -> None:
    stale = platform.apps.read_namespaced_deployment(*PLACE)
    annotations = {"metadata": {"annotations": {"anchor": "down"}}}
    platform.apps.patch_namespaced_deployment(*PLACE, annotations)
    stale.spec.replicas = 1
    with pytest.raises(kubernetes.client.ApiException) as refused:
        platform.apps.replace_namespaced_deployment(*PLACE, stale)
    assert refused.value.status == 409
    fresh = platform.apps.read_namespaced_deployment(*PLACE)
    assert fresh.metadata.annotations.pop("anchor") == "down"
    platform.apps.replace_namespaced_deployment(*PLACE, fresh)
    now = platform.apps.read_namespaced_deployment(*PLACE)
    assert "anchor" not in now.metadata.annotations
    assert now.spec.replicas == 3


@pytest.mark.parametrize(
    "patch",
    [
        {"spec": {"paused": True}},
        {"spec": {"replicas": 21}},
        {"spec": {"replicas": "many"}},
        {"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "other"}]}}}},
        {"spec": {"template": {"metadata": {"annotations": {"a": 1}}}}},
        {"metadata": {"labels": {"app": "other"}}},
    ],
)
def test_what_can_not_be_changed_is_refused_by_name(
    platform: Platform, patch: dict[str, Any]
) -> None:
    with pytest.raises(kubernetes.client.ApiException) as refused:
        platform.apps.patch_namespaced_deployment(*PLACE, patch)
    assert refused.value.status == 422
    assert "is invalid: " in str(refused.value.body)


def test_a_patch_of_nothing_changes_nothing(platform: Platform) -> None:
    before = platform.apps.read_namespaced_deployment(*PLACE)
    after = platform.apps.patch_namespaced_deployment(*PLACE, {})
    assert after.metadata.resource_version == before.metadata.resource_version


def test_chaosk8s_scales_it(platform: Platform) -> None:
    scale_deployment("sandbox-app", replicas=4, ns=NAMESPACE)
    eventually(lambda: rolled_out(platform) and len(platform.pods()) == 4)
    scale_deployment("sandbox-app", replicas=3, ns=NAMESPACE)
    eventually(lambda: rolled_out(platform) and len(platform.pods()) == 3)


class Fleet:
    """Pods that are made and removed at once, and become ready when told."""

    def __init__(self, replicas: int) -> None:
        self.pods: list[Any] = []
        self._clock = itertools.count()
        template = PodTemplate("ns", {"app": "x"}, "x")
        self.deployment = Deployment(
            "x", template, self._live, self._create, self._remove, replicas
        )
        self.deployment.reconcile()

    def of_latest(self) -> int:
        return sum(pod.owner.name == self.deployment.current.name for pod in self.pods)

    def ready(self) -> int:
        return sum(pod.ready for pod in self.pods)

    def _live(self) -> Iterator[Pod]:
        return iter([cast("Pod", pod) for pod in self.pods])

    def _create(self, name: str, _: PodTemplate, owner: Owner) -> None:
        moment = datetime.now(UTC) + timedelta(seconds=next(self._clock))
        self.pods.append(SimpleNamespace(name=name, owner=owner, created_at=moment, ready=False))

    def _remove(self, pod: Pod) -> None:
        self.pods.remove(pod)


@given(st.integers(0, 12), st.data())
def test_rollouts_end_and_never_leave_too_few_nor_too_many(replicas: int, data: Any) -> None:  # noqa: ANN401
    fleet = Fleet(replicas)
    for pod in fleet.pods:
        pod.ready = True
    fleet.deployment.roll_out({"version": "2"})
    least, most = replicas - replicas // 4, replicas + -(-replicas // 4)
    for _ in range(4 * replicas + 4):
        assert fleet.ready() >= least
        assert len(fleet.pods) <= most
        unready = [pod for pod in fleet.pods if not pod.ready]
        if unready:
            data.draw(st.sampled_from(unready)).ready = True
        fleet.deployment.reconcile()
    assert fleet.of_latest() == len(fleet.pods) == replicas


def test_a_rollout_of_what_never_works_leaves_enough_of_what_does() -> None:
    fleet = Fleet(8)
    for pod in fleet.pods:
        pod.ready = True
    fleet.deployment.roll_out({"version": "broken"})
    for _ in range(20):
        fleet.deployment.reconcile()
    assert fleet.ready() == 6
    fleet.deployment.roll_out({})
    assert len(fleet.deployment.replica_sets) == 2  # the first is the latest again
    for _ in range(20):
        fleet.deployment.reconcile()
        for pod in fleet.pods:
            pod.ready = True
    assert fleet.of_latest() == len(fleet.pods) == 8
