from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

from seakeep.chaos.ledger import Ledger
from seakeep.chaos.recovery import recover
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


def test_what_a_killed_run_leaves_is_found_and_undone_once(harness: Harness) -> None:
    process = harness.start(LATENCY, **LONG)
    await_true(harness.faults)
    end(process, signal.SIGKILL)
    assert len(harness.faults()) == 1
    assert len(Ledger(harness.home).open_entries()) == 1

    (recovered,) = recover(harness.home)

    assert (recovered.proven, recovered.message) == (True, "undone")
    assert recovered.fault == "100 ms latency on 3 pods of app=sandbox-app"
    assert harness.faults() == []
    assert recover(harness.home) == ()


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
