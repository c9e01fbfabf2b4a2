"""What went with a sandbox is not asked for again, and a dead address is told before anything."""

import signal
import time
from pathlib import Path

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.kubernetes.connection import Place
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.undo import DeleteObject
from seakeep.run.gone_sandbox import close_entries_of_gone_sandboxes, without_gone_sandbox
from seakeep.sandbox import control
from tests.run.harness import PLATFORM, Harness, wait_for_line

UNDO = DeleteObject("networkchaos", "ns", "slow")


def test_an_entry_of_a_sandbox_that_is_gone_is_closed_and_others_stay(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    sandbox = Place(str(tmp_path / "sandbox" / "kubeconfig"), "", "http://127.0.0.1:1")
    cluster = Place(str(tmp_path / "elsewhere"), "", "https://cluster.example.org")
    ledger.open(Origin("network-latency", "r1"), "100 ms latency", UNDO, sandbox)
    kept = ledger.open(Origin("network-latency", "r2"), "100 ms latency", UNDO, cluster)
    assert close_entries_of_gone_sandboxes(tmp_path) == (
        "100 ms latency: gone with the sandbox it was in",
    )
    assert ledger.open_entries() == (kept,)


def test_a_shell_that_names_a_gone_sandbox_sends_nobody_there(tmp_path: Path) -> None:
    kubeconfig = str(tmp_path / "sandbox" / "kubeconfig")
    named = {"KUBECONFIG": kubeconfig, "SEAKEEP_NAMESPACE": "ns", "SEAKEEP_TOXIPROXY_URL": "u"}
    assert without_gone_sandbox(tmp_path, named | {"HOME": "h"}) == {"HOME": "h"}
    elsewhere = named | {"KUBECONFIG": "/elsewhere"}
    assert without_gone_sandbox(tmp_path, elsewhere) == elsewhere


def test_without_open_entries_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert close_entries_of_gone_sandboxes(tmp_path) == ()


def test_a_run_killed_mid_fault_bars_no_later_one(harness: Harness) -> None:
    harness.drop(PLATFORM, "# A visitor in a real browser", "# Chaos Toolkit experiments")
    with harness.started("run") as process:
        wait_for_line(process, "chaos network-latency ")
        deadline = time.monotonic() + 30
        while not Ledger(harness.home).open_entries():
            assert time.monotonic() < deadline, "no fault was ever in the ledger"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    deadline = time.monotonic() + 20
    while control.read(harness.home) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    code, said = harness.seakeep("recover")
    assert code == 0, said
    assert Ledger(harness.home).open_entries() == ()


def test_a_shell_that_names_yesterdays_sandbox_is_told_so_before_anything_is_sent(
    harness: Harness,
) -> None:
    code, said = harness.seakeep("run", SEAKEEP_BASE_URL="http://127.0.0.1:9")
    assert code == 2
    assert "where no sandbox is up: 'seakeep sandbox up'" in said
    assert not list(harness.home.glob("*.db"))
