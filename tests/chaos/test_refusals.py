from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.faults.network_delay import network_delay
from seakeep.chaos.faults.pod_choice import Pods
from seakeep.chaos.faults.pod_kill import PodKill
from seakeep.chaos.plan import experiment_name, make_plan
from seakeep.chaos.preflight.preflight import planned_faults, refuse_unless_safe
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.undo import AwaitPods, DeleteObject
from seakeep.environment import ALLOW_PRODUCTION
from seakeep.errors import RefusedError, UsageError
from seakeep.observation import Kind, Outcome
from seakeep.store import open_store

from .conftest import LATENCY, Harness

ORIGIN = Origin("network-latency", "r1")


def test_a_platform_that_is_not_well_is_left_alone(harness: Harness) -> None:
    harness.write_platform(home_path="/no-such-page")

    process = harness.start(LATENCY)

    assert process.wait(30) == 3, harness.said()
    assert "no steady state to start from" in harness.said()
    assert not (harness.home / "ledger").exists()
    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.outcome, chaos.cause) == (Outcome.INVALID, "refused")
    assert "objective speed is breached before anything was injected" in chaos.message
    assert harness.observations(Kind.PROBE) == []  # no budget is spent on a refusal


def test_a_production_platform_is_refused_unless_this_run_may(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.write_platform(environment="production")
    for name, value in harness.env().items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RefusedError, match="production"):
        make_plan("network-latency")
    monkeypatch.setenv(ALLOW_PRODUCTION, "1")
    assert make_plan("network-latency").recovery_timeout_s == 15.0


def test_a_fault_that_was_never_undone_is_dealt_with_first(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in harness.env().items():
        monkeypatch.setenv(name, value)
    plan, ledger = make_plan("network-latency"), Ledger(harness.home)
    undo = DeleteObject("networkchaos", harness.sandbox.namespace, "gone-long-ago")
    entry = ledger.open(replace(ORIGIN, run_id="r0"), "100 ms latency", undo)

    with open_store(harness.home) as store:
        with pytest.raises(RefusedError, match=r"100 ms latency \(run r0\) was never undone"):
            refuse_unless_safe(plan, harness.reach, ledger, store, ())

        ledger.close(entry)
        refuse_unless_safe(plan, harness.reach, ledger, store, ())


@pytest.mark.parametrize(("share", "killed"), [(1, 1), (25, 1), (50, 1), (67, 2), (99, 2)])
def test_a_share_is_rounded_down_but_to_one_pod_at_least(
    harness: Harness, share: float, killed: int
) -> None:
    fault = PodKill(harness.sandbox.namespace, "app=sandbox-app", share)
    injection = fault.prepare(harness.reach, ORIGIN)
    assert injection.text == f"{killed} of 3 pods of app=sandbox-app killed"
    assert isinstance(injection.undo, AwaitPods)
    assert injection.undo.replicas == 3
    assert len(injection.undo.killed_uids) == killed


@pytest.mark.parametrize(
    ("app", "share", "pods"), [("sandbox-app", 100, 3), ("sandbox-store", 25, 1)]
)
def test_a_kill_that_leaves_no_pod_is_refused(
    harness: Harness, app: str, share: float, pods: int
) -> None:
    fault = PodKill(harness.sandbox.namespace, f"app={app}", share)
    with pytest.raises(RefusedError, match=rf"{share}% of {pods} ready pods? .* would leave none"):
        fault.prepare(harness.reach, ORIGIN)


@pytest.mark.parametrize(
    ("share", "hit", "mode"),
    [
        (25, "1 of 3", {"mode": "fixed", "value": "1"}),
        (67, "2 of 3", {"mode": "fixed", "value": "2"}),
        (100, "3", {"mode": "all"}),
    ],
)
def test_latency_on_a_share_hits_as_many_pods_as_it_says(
    harness: Harness, share: float, hit: str, mode: dict[str, str]
) -> None:
    fault = network_delay(Pods(harness.sandbox.namespace, "app=sandbox-app", share), 100, 5)
    injection = fault.prepare(harness.reach, ORIGIN)
    assert injection.text == f"100 ms latency on {hit} pods of app=sandbox-app"
    spec: Any = injection.resource["spec"]
    assert {key: spec[key] for key in ("mode", "value") if key in spec} == mode
    assert injection.share == int(hit[0]) / 3


def test_latency_on_no_pods_is_refused(harness: Harness) -> None:
    with pytest.raises(RefusedError, match="nothing to break"):
        network_delay(Pods("seakeep-sandbox", "app=no"), 100, 5).prepare(harness.reach, ORIGIN)


def test_a_kill_of_no_pods_is_refused(harness: Harness) -> None:
    with pytest.raises(RefusedError, match="no pods of app=no in seakeep-sandbox: nothing to"):
        PodKill("seakeep-sandbox", "app=no").prepare(harness.reach, ORIGIN)


@pytest.mark.parametrize("selector", ["", "app", "app=web,", "app in (web)", "=web"])
def test_a_selector_that_could_hit_more_than_meant_is_an_error(selector: str) -> None:
    with pytest.raises(UsageError, match="wanted label=value"):
        PodKill("ns", selector)


@pytest.mark.parametrize("namespace", ["", "a/b", "Web", "web "])
def test_a_namespace_that_is_none_is_an_error(namespace: str) -> None:
    with pytest.raises(UsageError, match="namespace: found "):
        PodKill(namespace, "app=web")


@pytest.mark.parametrize("share", [0, -1, 101, float("nan")])
def test_a_share_that_is_no_share_is_an_error(share: float) -> None:
    with pytest.raises(UsageError, match="wanted a percentage"):
        PodKill("ns", "app=web", share)


def test_a_method_without_a_fault_of_ours_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"wanted one that can be proven and undone"):
        planned_faults({"method": [{"type": "action", "provider": {"module": "other"}}]}, {})


def test_an_experiment_is_called_by_its_argument_then_its_file_then_its_title(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SEAKEEP_EXPERIMENT", raising=False)
    assert experiment_name("A title!", argument="named", source="chaos/file.yaml") == "named"
    assert experiment_name("A title!", argument=None, source="chaos/file.yaml") == "file"
    assert experiment_name("A title!", argument=None, source=None) == "a-title"


def test_a_long_name_is_still_the_value_of_a_label() -> None:
    name = experiment_name("", argument="a" * 39 + "-" + "b" * 20, source=None)
    assert name == "a" * 39
