from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import yaml

from seakeep.chaos import actions
from seakeep.chaos.toxiproxy.server import Toxiproxy
from seakeep.chaos.undo.ledger import Ledger
from seakeep.errors import RefusedError, UsageError
from seakeep.experiment_result import Cause, Status
from seakeep.observation import Kind, Outcome

from .conftest import LATENCY, POD_FAILURE, ROOT, Harness


def test_the_experiments_are_valid_for_the_chaos_toolkit() -> None:
    command = [sys.executable, "-m", "chaostoolkit", "--no-version-check", "--no-log-file"]
    running = [
        subprocess.Popen([*command, "validate", str(file)], cwd=ROOT, stderr=subprocess.PIPE)
        for file in (LATENCY, POD_FAILURE)
    ]
    for process in running:
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0, said.decode()


def test_latency_is_held_seen_from_outside_and_gone_afterwards(harness: Harness) -> None:
    result = harness.run(LATENCY, SEAKEEP_FAULT_DURATION_S="2", SEAKEEP_SHARE_PERCENT="67")

    assert (result.status, result.exit_code) == (Status.HELD, 0), result
    assert result.fault == "100 ms latency on 2 of 3 pods of app=sandbox-app"
    assert result.baseline_p50_s is not None
    assert result.during_p50_s is not None
    assert result.recover_s is not None
    assert result.during_p50_s - result.baseline_p50_s > 0.08
    assert 2 <= result.window_s < 6
    assert harness.faults() == []
    assert Ledger(harness.home).open_entries() == ()

    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.name, chaos.outcome, chaos.run_id) == ("network-latency", Outcome.GOOD, "r1")
    assert chaos.duration_s == result.window_s
    assert chaos.attributes["status"] == "held"
    probes = harness.observations(Kind.PROBE)
    assert {probe.attributes["phase"] for probe in probes} == {"before", "during", "after"}
    assert {probe.attributes["experiment"] for probe in probes} == {"network-latency"}
    assert all(probe.attributes["trace_id"] for probe in probes)
    assert len(probes) > 4 * 20  # an open loop keeps its pace while answers are slow


def test_a_killed_pod_is_replaced_while_the_objectives_hold(harness: Harness) -> None:
    selector, namespace = "app=sandbox-app", harness.sandbox.namespace
    before = {pod.uid for pod in harness.cluster.pods(namespace, selector)}

    result = harness.run(POD_FAILURE, SEAKEEP_FAULT_DURATION_S="2")

    assert result.status is Status.HELD, result
    assert result.fault == "1 of 3 pods of app=sandbox-app killed"
    after = {pod.uid for pod in harness.cluster.pods(namespace, selector) if pod.ready}
    assert len(after) == 3
    assert len(before & after) == 2
    assert result.recover_s is not None
    assert 0 < result.recover_s < 10


def test_a_breach_removes_the_fault_at_once_even_in_a_pause(harness: Harness) -> None:
    harness.write_platform(limit="200ms")
    experiment = yaml.safe_load(LATENCY.read_text())
    (inject, _) = experiment["method"]
    experiment["method"] = [inject | {"pauses": {"after": 40}}]
    file = harness.folder / "network-latency.yaml"
    file.write_text(yaml.safe_dump(experiment))

    result = harness.run(file, SEAKEEP_LATENCY_MS="500")

    assert (result.status, result.exit_code) == (Status.DEVIATED, 1), result
    assert "objective speed is breached" in result.message
    assert result.detect_s is not None
    assert result.removed_s is not None
    assert result.detect_s < 5
    assert result.removed_s < 3
    assert result.window_s < 8  # not the 40 s of the pause
    assert harness.faults() == []
    journal = json.loads((harness.folder / "journal.json").read_text())
    assert journal["deviated"] is True
    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.outcome, chaos.cause) == (Outcome.BAD, "deviated")


def test_a_fault_that_nobody_can_see_from_outside_is_no_pass(harness: Harness) -> None:
    result = harness.run(
        LATENCY, SEAKEEP_LABEL_SELECTOR="app=sandbox-store", SEAKEEP_FAULT_DURATION_S="1"
    )

    assert (result.status, result.cause, result.exit_code) == (
        Status.FAILED,
        Cause.NOT_INJECTED,
        4,
    ), result
    assert "wanted the median duration to rise" in result.message
    (chaos,) = harness.observations(Kind.CHAOS)
    assert chaos.outcome is Outcome.INVALID


def test_without_the_guard_nothing_is_injected() -> None:
    with pytest.raises(RefusedError, match="kill_pods works under the guard only"):
        actions.kill_pods("ns", "app=web")


def test_a_file_that_is_not_there_is_told_before_anything_runs(harness: Harness) -> None:
    with pytest.raises(UsageError, match=r"no experiment .*nowhere.yaml"):
        harness.run(harness.folder / "nowhere.yaml")
    assert not os.path.lexists(harness.home)


def test_a_platform_without_kubernetes_is_broken_at_its_edge(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEAKEEP_TOXIPROXY_URL", harness.sandbox.toxiproxy_url)

    result = harness.run(
        ROOT / "chaos" / "edge-latency.yaml",
        KUBECONFIG="/nowhere",
        SEAKEEP_NAMESPACE="",
        SEAKEEP_DURATION_SCALE="0.03",
    )

    assert (result.status, result.exit_code) == (Status.HELD, 0), result
    assert result.baseline_p50_s is not None
    assert result.during_p50_s is not None
    assert result.during_p50_s - result.baseline_p50_s > 0.08
    assert Toxiproxy(harness.sandbox.toxiproxy_url).proxies()[0].toxics == ()
