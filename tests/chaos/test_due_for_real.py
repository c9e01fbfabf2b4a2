"""`seakeep chaos due` as cron starts it, on the sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from click.testing import CliRunner

from seakeep.cli.chaos_due import due
from seakeep.experiment_result import Status, detail_of
from seakeep.observation import Kind
from tests.chaos.conftest import LATENCY, Harness

SCHEDULED = """
experiments:
  - name: network-latency
    recovery_timeout: 15s
    settings: {SEAKEEP_LATENCY_MS: 60, SEAKEEP_FAULT_DURATION_S: 1}
    schedule: {every: 7d}
"""


def seakeep(harness: Harness, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "seakeep.cli", *arguments],
        cwd=harness.folder,
        env={**os.environ, **harness.env()},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_what_is_due_runs_under_its_guard_with_its_settings_and_then_is_not_due(
    harness: Harness,
) -> None:
    (harness.folder / "probes").mkdir()
    (harness.folder / "chaos").mkdir()
    shutil.copy(LATENCY, harness.folder / "chaos")
    file = harness.folder / "platform" / "platform.yaml"
    file.write_text(file.read_text().partition("\nexperiments:")[0] + SCHEDULED)
    ended = seakeep(harness, "chaos", "due")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (record,) = harness.observations(Kind.CHAOS)
    result = detail_of(record)
    assert result is not None
    assert result.status is Status.HELD
    assert "60 ms" in result.fault
    (journal,) = (harness.folder / "reports" / "out").glob("*/journals/network-latency.json")
    assert journal.parent.parent.name == record.run_id
    assert max(map(len, ended.stdout.splitlines())) <= 100
    listed = CliRunner().invoke(due, ["--list"], env=harness.env()).output
    assert "held 20" in listed
    assert " now" not in listed
    assert harness.faults() == []
