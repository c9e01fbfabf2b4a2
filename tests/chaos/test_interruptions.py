from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import psutil

from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.recovery import recover
from seakeep.experiment_result import ExperimentResult
from seakeep.observation import Kind, Outcome

from .conftest import LATENCY, ROOT, Harness, await_true, end

LONG = {"SEAKEEP_FAULT_DURATION_S": "40"}


def test_a_request_to_terminate_leaves_no_fault_nor_does_impatience(harness: Harness) -> None:
    process = harness.start(LATENCY, **LONG)
    await_true(harness.faults)
    began = time.monotonic()

    process.send_signal(signal.SIGTERM)
    for _ in range(10):
        time.sleep(0.01)
        process.send_signal(signal.SIGINT)

    process.wait(30)
    assert time.monotonic() - began < 10
    assert harness.faults() == []
    assert Ledger(harness.home).open_entries() == ()
    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.outcome, chaos.cause) == (Outcome.INVALID, "interrupted"), harness.said()


def test_the_supervisor_undoes_and_records_what_a_killed_harness_can_not(harness: Harness) -> None:
    process = harness.start(LATENCY, **LONG)
    await_true(harness.faults)
    (supervisor,) = harness.supervisors(process)

    end(process, signal.SIGKILL)
    began = time.monotonic()
    await_true(lambda: harness.faults() == [], 10)
    removed_s = time.monotonic() - began
    psutil.wait_procs([supervisor], 10)

    assert removed_s < 3
    assert not supervisor.is_running()
    assert Ledger(harness.home).open_entries() == ()
    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.outcome, chaos.cause) == (Outcome.INVALID, "interrupted")
    assert chaos.message.startswith("the harness died; its faults are proven gone")
    assert recover(harness.home) == ()


def test_a_harness_that_hangs_is_relieved_and_told_so_when_it_wakes(harness: Harness) -> None:
    process = harness.start(LATENCY, **LONG)
    await_true(harness.faults)

    process.send_signal(signal.SIGSTOP)
    await_true(lambda: harness.faults() == [], 15)
    process.send_signal(signal.SIGCONT)

    assert process.wait(30) == 4, harness.said()
    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.outcome, chaos.cause) == (Outcome.INVALID, "error")
    assert "the supervisor took over: the harness hung" in chaos.message


def test_what_killed_harness_and_supervisor_leave_is_found_undone_and_recorded_once(
    harness: Harness,
) -> None:
    process = harness.start(LATENCY, **LONG)
    await_true(harness.faults)
    for supervisor in harness.supervisors(process):
        supervisor.kill()
    end(process, signal.SIGKILL)
    assert len(harness.faults()) == 1
    assert len(Ledger(harness.home).open_entries()) == 1

    fault, run = recover(harness.home)

    assert (fault.proven, fault.message) == (True, "undone")
    assert fault.fault == "100 ms latency on 3 pods of app=sandbox-app"
    assert (run.proven, run.message) == (True, "recorded as failed")
    assert harness.faults() == []
    (chaos,) = harness.observations(Kind.CHAOS)
    assert chaos.message.startswith("the harness and its supervisor died; its faults are proven")
    assert recover(harness.home) == ()


def test_a_run_whose_supervisor_is_lost_undoes_its_fault_and_ends(harness: Harness) -> None:
    process = harness.start(LATENCY, **LONG)
    await_true(harness.faults)
    for supervisor in harness.supervisors(process):
        supervisor.kill()

    assert process.wait(30) == 4, harness.said()
    assert harness.faults() == []
    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.cause, chaos.message) == ("error", "the supervisor died")


def test_an_interrupted_runner_waits_until_the_fault_is_gone(harness: Harness) -> None:
    journal = harness.folder / "journal.json"
    script = (
        "from pathlib import Path; from seakeep.chaos.runner import run_experiment; "
        f"run_experiment(Path({str(LATENCY)!r}), env={{}}, journal=Path({str(journal)!r}))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, **harness.env(**LONG)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    await_true(harness.faults)

    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    code = end(process, signal.SIGINT)

    assert code == -signal.SIGINT
    assert harness.faults() == []
    result = ExperimentResult.from_json(json.loads(journal.read_text())["seakeep"])
    assert (result.status, result.cause, result.exit_code) == ("failed", "interrupted", 4)
    assert result.recover_s is not None
