from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from seakeep.chaos import runner
from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.undo import recovery
from seakeep.chaos.undo.ledger import Ledger
from seakeep.experiment_result import Cause, ExperimentResult, Status

from .api_server import serving, write_kubeconfig
from .test_ledger import ORIGIN, UNDO

STUBBORN = """
import signal, time
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, signal.SIG_IGN)
time.sleep(20)
"""
KILLED = "import os; os.kill(os.getpid(), 9)"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401 - a function
    """Return what runs a script in the place of the Chaos Toolkit."""
    monkeypatch.setattr(runner, "_ROLLBACK_DEADLINE_S", 0.1)
    monkeypatch.setattr(recovery, "_DEADLINE_S", 0.1)
    monkeypatch.delenv("SEAKEEP_NAMESPACE", raising=False)
    file = tmp_path / "slow.yaml"
    file.touch()

    def made(script: str) -> ExperimentResult:
        def start(*args: object) -> subprocess.Popen[bytes]:
            output: IO[bytes] = args[-1]  # type: ignore[assignment]
            return subprocess.Popen(
                [sys.executable, "-c", script], stdout=output, start_new_session=True
            )

        monkeypatch.setattr(runner, "_start", start)
        env = {"SEAKEEP_HOME": str(tmp_path)}
        journal = tmp_path / "journal.json"
        return runner.run_experiment(file, env=env, journal=journal, timeout_s=0.3)

    return made


@pytest.mark.parametrize("script", [STUBBORN, KILLED])
def test_a_killed_experiment_whose_fault_cannot_be_undone_is_told_so(
    run: Any,  # noqa: ANN401
    tmp_path: Path,
    script: str,
) -> None:
    with serving() as server:
        place = Cluster(write_kubeconfig(tmp_path / "kubeconfig", server.url)).place
    Ledger(tmp_path).open(ORIGIN, "100 ms latency", UNDO, place)

    result = run(script)

    assert (result.status, result.cause, result.exit_code) == (
        Status.FAILED,
        Cause.NOT_RECOVERED,
        4,
    )
    assert "100 ms latency: STILL THERE? " in result.message


def test_an_experiment_that_was_killed_and_undone_was_late(run: Any, tmp_path: Path) -> None:  # noqa: ANN401
    with serving() as server:
        place = Cluster(write_kubeconfig(tmp_path / "kubeconfig", server.url)).place
        Ledger(tmp_path).open(ORIGIN, "100 ms latency", UNDO, place)
        result = run(STUBBORN)
    assert result.cause is Cause.INTERRUPTED
    assert Ledger(tmp_path).open_entries() == ()


def test_a_rollback_that_failed_after_an_interruption_is_not_passed_over(
    run: Any,  # noqa: ANN401
    tmp_path: Path,
) -> None:
    script = (
        "import signal, time; from pathlib import Path\n"
        "def end(*_):\n"
        f"    Path({str(tmp_path / 'journal.json')!r}).write_text("
        '\'{"seakeep": {"experiment": "slow", "status": "failed", "cause": "not-recovered"}}\')\n'
        "    raise SystemExit(4)\n"
        "signal.signal(signal.SIGINT, end); time.sleep(20)\n"
    )
    assert run(script).cause is Cause.NOT_RECOVERED
