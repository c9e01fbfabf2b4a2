"""`seakeep validate` tells what a run would refuse: load above the limits, and bad recordings."""

from __future__ import annotations

from pathlib import Path

import pytest

from seakeep.errors import ConfigError
from seakeep.run.validate import validate_platform

ROOT = Path(__file__).resolve().parents[2]
PLATFORM = """name: demo
environment: staging
base_url: http://127.0.0.1:8080
limits: {max_rate: 50, max_load_duration: 1m}
checks: [{name: one, suite: health, path: /, expect: {status: 200}}]
scenarios:
  - name: browse
"""
AT_MOST = "wanted at most limits.max_load_duration, 1m"


def told(folder: Path, scenario: str) -> list[str]:
    (folder / "platform.yaml").write_text(PLATFORM + scenario)
    slos = (ROOT / "platforms" / "sandbox" / "slos.yaml").read_text()
    (folder / "slos.yaml").write_text(slos)
    try:
        validate_platform(str(folder))
    except ConfigError as error:
        return [str(problem).removeprefix(f"{folder}/") for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        ("    rate: 50\n    duration: 1m", []),
        (
            "    rate: 51\n    duration: 61s",
            [
                "8: scenarios[0].rate: found a peak of 51/s; wanted at most limits.max_rate, 50/s",
                f"9: scenarios[0].duration: found 1m 1s; {AT_MOST}",
            ],
        ),
        (
            "    duration: 1m\n    shape: {kind: ramp, from: 0, to: 60}",
            ["9: scenarios[0].shape: found a peak of 60/s; wanted at most limits.max_rate, 50/s"],
        ),
        (
            "    shape: {kind: class-start, people: 10, within: 2m}",
            [f"8: scenarios[0].shape: found 2m; {AT_MOST}"],
        ),
    ],
)
def test_load_above_the_limits_is_told_with_its_line(
    tmp_path: Path, scenario: str, said: list[str]
) -> None:
    assert told(tmp_path, scenario) == [f"platform.yaml:{each}" for each in said]


def test_a_recording_above_the_limits_is_told(tmp_path: Path) -> None:
    (tmp_path / "monday.csv").write_text("0.5\n" * 60)
    scenario = "    shape:\n      kind: replay\n      file: monday.csv\n"
    said = "scenarios[0].shape: found a peak of 60/s; wanted at most limits.max_rate, 50/s"
    assert told(tmp_path, scenario) == [f"platform.yaml:8: {said}"]


def test_a_recording_with_a_mistake_is_told_with_its_own_line(tmp_path: Path) -> None:
    (tmp_path / "monday.csv").write_text("0.5\n1.5\nsoon\n")
    scenario = "    shape: {kind: replay, file: monday.csv}\n"
    said = "monday.csv:3: found 'soon'; wanted seconds, as in the lines before"
    assert told(tmp_path, scenario) == [said]
