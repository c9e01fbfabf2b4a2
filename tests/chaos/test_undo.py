from __future__ import annotations

from dataclasses import dataclass

import pytest

from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.kubernetes.cluster import Cluster, PodState
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.recovery import recover
from seakeep.chaos.undo.undo import AwaitPods
from seakeep.errors import RollbackError

from .conftest import Harness
from .test_ledger import ORIGIN


@dataclass
class Pods:
    """Stands for a cluster, with the states that a real one passes through too fast."""

    now: tuple[PodState, ...]
    replicas: int | None = 3

    def pods(self, *_: str) -> tuple[PodState, ...]:
        return self.now

    def wanted_replicas(self, *_: str) -> int | None:
        return self.replicas

    def done(self) -> bool:
        return UNDO.is_done(Reach(cluster=self))  # type: ignore[arg-type]


UNDO = AwaitPods("ns", "app=web", 3, ("u1",))


def pod(uid: str, *, ready: bool = True, deleting: bool = False) -> PodState:
    return PodState(name=uid, uid=uid, ready=ready, deleting=deleting)


def test_pods_that_were_chosen_but_never_killed_are_no_fault() -> None:
    assert Pods((pod("u1"), pod("u2"), pod("u3"))).done()


def test_a_pod_on_its_way_out_is_a_fault_even_if_its_replacement_is_ready() -> None:
    others = (pod("u2"), pod("u3"), pod("u4"))
    assert not Pods((pod("u1", deleting=True), *others)).done()
    assert Pods(others).done()


def test_as_many_must_be_ready_as_before_but_no_more_than_are_wanted_now() -> None:
    two = (pod("u2"), pod("u3"))
    assert not Pods((*two, pod("u4", ready=False))).done()
    assert Pods(two, replicas=2).done()
    assert not Pods(two, replicas=5).done()
    assert Pods((*two, pod("u4")), replicas=5).done()


def test_without_a_controller_only_an_empty_place_is_whole() -> None:
    assert not Pods((pod("u2"), pod("u3")), replicas=None).done()
    assert Pods((), replicas=None).done()


def test_what_is_missing_is_said_as_it_is() -> None:
    pods = Pods((pod("u1", deleting=True), pod("u2")))
    with pytest.raises(RollbackError, match=r"1 of 3 pods ready, 1 killed pod not gone yet"):
        UNDO.carry_out(Reach(cluster=pods), 0.0)  # type: ignore[arg-type]


def test_a_run_that_died_before_its_kill_locks_nobody_out(harness: Harness) -> None:
    fault = PodKill(harness.sandbox.namespace, "app=sandbox-app")
    injection = fault.prepare(harness.reach, ORIGIN)
    Ledger(harness.home).open(ORIGIN, injection.text, injection.undo)

    (recovered,) = recover(harness.home)

    assert (recovered.proven, recovered.message) == (True, "was gone already")
    assert Ledger(harness.home).open_entries() == ()


def test_the_replicas_wanted_are_those_of_the_controllers_now(harness: Harness) -> None:
    cluster: Cluster = harness.cluster
    namespace = harness.sandbox.namespace
    assert cluster.wanted_replicas(namespace, "app=sandbox-app") == 3
    assert cluster.wanted_replicas(namespace, "app=no") is None
