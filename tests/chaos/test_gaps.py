"""What chaostoolkit-lib 1.44 does not do by itself, and does under the guard: one test a gap."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
import yaml

from seakeep.chaos.preflight.preflight import planned_faults
from seakeep.errors import UsageError
from seakeep.experiment_result import Cause, Status
from seakeep.observation import Kind

from .conftest import LATENCY, ROOT, Harness, await_true, end

SHORT = {"SEAKEEP_FAULT_DURATION_S": "1"}
SLEEP: dict[str, Any] = {"type": "python", "module": "timeit", "func": "timeit"}
SLEEP |= {"arguments": {"setup": "import time", "stmt": "time.sleep(60)", "number": 1}}


def action(name: str, provider: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "action", "name": name, "provider": provider, **more}


def touch(file: Path) -> dict[str, Any]:
    provider = {"type": "process", "path": "touch", "arguments": str(file)}
    return action("touch", provider)


class Variant:
    """The experiment of latency, with other parts of the toolkit around the fault."""

    def __init__(self, harness: Harness) -> None:
        self.body: dict[str, Any] = yaml.safe_load(LATENCY.read_text())
        self.harness = harness
        self.rolled_back = harness.folder / "rolled-back"
        self.inject, self.watch = self.body["method"]
        self.body["rollbacks"].append(touch(self.rolled_back))

    @property
    def file(self) -> Path:
        file = self.harness.folder / "network-latency.yaml"
        file.write_text(yaml.safe_dump(self.body))
        return file

    @property
    def journal(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.harness.folder / "journal.json").read_text())
        return found


@pytest.fixture
def variant(harness: Harness) -> Variant:
    return Variant(harness)


def test_gap_1_a_request_to_end_within_an_action_lets_no_other_fault_be_injected(
    variant: Variant,
) -> None:
    harness = variant.harness
    kill = yaml.safe_load((ROOT / "chaos" / "pod-failure.yaml").read_text())
    kill["method"][0]["provider"]["arguments"] |= {"share_percent": 25, "staying": 1}
    variant.body["method"] = [variant.inject, action("sleep", SLEEP), kill["method"][0]]
    process = harness.start(variant.file)
    await_true(harness.faults)

    assert end(process, signal.SIGTERM) == 4, harness.said()

    (chaos,) = harness.observations(Kind.CHAOS)
    assert (chaos.cause, chaos.attributes["fault"]) == (
        "interrupted",
        "100 ms latency on 3 pods of app=sandbox-app",
    )
    assert harness.faults() == []


def test_gap_2_an_interrupted_run_is_rolled_back_its_own_rollbacks_too(variant: Variant) -> None:
    harness = variant.harness
    variant.body["method"] = [variant.inject | {"pauses": {"after": 60}}]
    process = harness.start(variant.file)
    await_true(harness.faults)

    assert end(process, signal.SIGINT) == 4, harness.said()

    assert harness.faults() == []
    assert variant.rolled_back.exists()


def test_gap_3_a_run_whose_hypothesis_raises_afterwards_is_rolled_back(variant: Variant) -> None:
    marker = variant.harness.folder / "marker"
    marker.touch()
    size = {"type": "python", "module": "os.path", "func": "getsize"}
    size["arguments"] = {"filename": str(marker)}  # type: ignore[assignment]
    variant.body["steady-state-hypothesis"]["probes"] = [
        {"type": "probe", "name": "raises-later", "tolerance": 0, "provider": size}
    ]
    remove = {"type": "process", "path": "rm", "arguments": str(marker)}
    variant.body["method"] = [variant.inject, variant.watch, action("remove", remove)]

    result = variant.harness.run(variant.file, **SHORT)

    assert (result.status, result.exit_code) == (Status.DEVIATED, 1), result
    assert variant.journal["status"] == "failed"
    assert variant.harness.faults() == []
    assert variant.rolled_back.exists()


def test_gap_4_a_breach_ends_an_action_that_is_running(variant: Variant) -> None:
    variant.harness.write_platform(limit="200ms")
    variant.body["method"] = [variant.inject, action("sleep", SLEEP)]

    result = variant.harness.run(variant.file, SEAKEEP_LATENCY_MS="500")

    assert (result.status, result.exit_code) == (Status.DEVIATED, 1), result
    assert variant.journal["deviated"] is True
    assert result.window_s < 8


def test_gap_5_a_method_that_was_never_begun_is_not_rolled_back(variant: Variant) -> None:
    probe = {"type": "probe", "name": "never", "tolerance": True}
    never = {"type": "python", "module": "os.path", "func": "exists", "arguments": {"path": "/x"}}
    variant.body["steady-state-hypothesis"]["probes"].append(probe | {"provider": never})

    result = variant.harness.run(variant.file)

    assert (result.status, result.exit_code) == (Status.REFUSED, 3), result
    assert not variant.rolled_back.exists()
    assert variant.journal["rollbacks"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda it: str(it.name))
def test_gap_5_nor_is_one_that_was_interrupted_before_it_could_begin(
    variant: Variant, number: signal.Signals
) -> None:
    process = variant.harness.start(variant.file)
    await_true(lambda: variant.harness.supervisors(process))  # the pre-flight is under way

    assert end(process, number) == 4, variant.harness.said()

    assert "works under the guard only" not in variant.harness.said()
    assert not variant.rolled_back.exists()


def test_gap_6_a_rollback_that_fails_is_the_loudest_of_all(variant: Variant) -> None:
    failing = {"type": "python", "module": "os", "func": "rmdir", "arguments": {"path": "/x"}}
    variant.body["rollbacks"].append(action("give-back", failing))

    result = variant.harness.run(variant.file, **SHORT)

    assert (result.cause, result.exit_code) == (Cause.NOT_RECOVERED, 4), result
    assert "the rollback give-back failed" in result.message
    assert variant.harness.faults() == []


def test_gap_7_an_activity_that_hangs_in_the_background_does_not_hold_up_the_end(
    variant: Variant,
) -> None:
    harness = variant.harness
    harness.write_platform(timeout="3s")
    variant.body["method"] = [action("sleep", SLEEP, background=True), variant.inject]

    result = harness.run(variant.file, **SHORT)

    assert (result.status, result.cause, result.exit_code) == (Status.FAILED, Cause.OVERDUE, 4)
    assert result.window_s < 6
    assert harness.faults() == []
    assert variant.journal["status"] == "interrupted"


# Gap 8, SIGKILL, is in test_interruptions.py.


def test_gap_9_a_tolerance_that_always_fails_is_told_before_anything_is_broken() -> None:
    experiment = yaml.safe_load(LATENCY.read_text())
    experiment["steady-state-hypothesis"]["probes"][0]["tolerance"] = 0.5
    configuration = {"namespace": "ns", "label_selector": "app=web", "latency_ms": 100.0}
    with pytest.raises(UsageError, match="tolerance"):
        planned_faults(experiment, configuration | {"duration_s": 1.0, "share_percent": 100.0})
