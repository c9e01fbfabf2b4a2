"""Whatever ends a run, and whenever: no process, port, fault or temporary file stays."""

import signal
import time

import pytest

from tests.run.harness import PLATFORM, Harness, wait_for_line


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("seakeep", signal.SIGINT),  # while the sandbox starts
        ("probes  ", signal.SIGTERM),
        ("journeys  ", signal.SIGINT),
        ("load browse ", signal.SIGHUP),
    ],
)
def test_a_signal_takes_everything_down(
    harness: Harness, moment: str, number: signal.Signals
) -> None:
    with harness.started("run") as process:
        wait_for_line(process, moment)
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert said.splitlines()[-1].startswith("seakeep: interrupted")
    assert harness.nothing_is_left()


def test_a_signal_mid_fault_removes_the_fault_first(harness: Harness) -> None:
    harness.drop(PLATFORM, "# A visitor in a real browser", "# Chaos Toolkit experiments")
    with harness.started("run") as process:
        wait_for_line(process, "chaos network-latency ")
        deadline = time.monotonic() + 30
        while not list((harness.home / "ledger").glob("*")):
            assert time.monotonic() < deadline, "no fault was ever in the ledger"
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)  # an impatient person
        said, _ = process.communicate(timeout=60)
        assert process.returncode == 130, said
        assert "Traceback" not in said
    assert harness.nothing_is_left()


def test_killed_outright_a_run_takes_its_sandbox_and_children_with_it(harness: Harness) -> None:
    with harness.started("run") as process:
        wait_for_line(process, "load browse ")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    deadline = time.monotonic() + 15
    while harness.processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [" ".join(p.cmdline()) for p in harness.processes()] == []
