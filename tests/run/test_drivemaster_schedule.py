"""DriveMaster's five experiments are declared as its document has them, and start by turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seakeep.platform import Platform
from seakeep.platform_file import load_platform

FOLDER = Path(__file__).parents[2] / "platforms" / "drivemaster"
# Its document, "Automated Experiments": how often, and how much of what.
DOCUMENTED = {
    "network-latency": (1, {"SEAKEEP_LATENCY_MS": "100"}),
    "pod-failure": (6, {"SEAKEEP_SHARE_PERCENT": "25"}),
    "cpu-stress": (4, {"SEAKEEP_CPU_LOAD_PERCENT": "80", "SEAKEEP_FAULT_DURATION_S": "180"}),
    "memory-stress": (8, {"SEAKEEP_MEMORY_MB": "512"}),
    "database-partition": (12, {"SEAKEEP_FAULT_DURATION_S": "60"}),
}
DAY = datetime(2026, 6, 15, tzinfo=UTC)


@pytest.fixture
def drivemaster(monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setenv("SEAKEEP_BASE_URL", "http://127.0.0.1:1")
    return load_platform(str(FOLDER))


def test_the_five_are_as_often_and_as_hard_as_documented(drivemaster: Platform) -> None:
    for experiment in drivemaster.experiments:
        every_h, settings = DOCUMENTED[experiment.name]
        assert experiment.schedule is not None
        assert experiment.schedule.every_s == every_h * 3600
        assert settings.items() <= experiment.settings.items()
    assert [experiment.name for experiment in drivemaster.experiments] == list(DOCUMENTED)


def test_no_two_of_them_fall_due_at_the_same_minute(drivemaster: Platform) -> None:
    begins = []
    for experiment in drivemaster.experiments:
        assert experiment.schedule is not None
        at = experiment.schedule.next_begin(DAY - timedelta(seconds=1))
        while at is not None and at < DAY + timedelta(days=1):
            begins.append(at)
            at = experiment.schedule.next_begin(at)
    assert len(begins) == 24 + 4 + 6 + 3 + 2
    assert len(set(begins)) == len(begins)


def test_a_month_of_all_of_them_leaves_some_error_budget(drivemaster: Platform) -> None:
    runs = [
        (30 * 86_400 / experiment.schedule.every_s, experiment.expected_spend)
        for experiment in drivemaster.experiments
        if experiment.schedule is not None
    ]
    assert sum(count * spend for count, spend in runs) == pytest.approx(0.594)
