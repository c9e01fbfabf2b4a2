"""Every mistake in a file is told with file, line, key, what was found and what was wanted.

``bad_config/`` holds one file per mistake; its last line is what must be said of it, and that is
all that must be said.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from seakeep.errors import ConfigError
from seakeep.platform_file import read_platform
from seakeep.run.validate import validate_platform
from seakeep.slo.openslo import read_objectives

FOLDER = Path(__file__).parent / "bad_config"
SAYS = "# says: "
PLATFORM_FILES = sorted((FOLDER / "platform").glob("*.yaml"))
SLO_FILES = sorted((FOLDER / "slos").glob("*.yaml"))


def wanted_message(file: Path) -> str:
    last = file.read_text().splitlines()[-1]
    assert last.startswith(SAYS), f"{file} does not end in a line '{SAYS}...'"
    return last.removeprefix(SAYS)


def said(file: Path, lines: list[str]) -> list[str]:
    return [line.removeprefix(f"{file}:").lstrip() for line in lines]


@pytest.mark.parametrize("mistake", PLATFORM_FILES, ids=lambda file: file.stem)
def test_a_mistake_in_platform_yaml_is_told_once_and_exactly(mistake: Path, tmp_path: Path) -> None:
    file = tmp_path / "platform.yaml"
    file.write_text(mistake.read_text())
    record, problems = read_platform(tmp_path)
    assert record is None
    assert said(file, [str(problem) for problem in problems]) == [wanted_message(mistake)]


@pytest.mark.parametrize("mistake", SLO_FILES, ids=lambda file: file.stem)
def test_a_mistake_in_slos_yaml_is_told_once_and_exactly(mistake: Path, tmp_path: Path) -> None:
    file = tmp_path / "slos.yaml"
    file.write_text(mistake.read_text())
    _, problems = read_objectives(file)
    assert said(file, [str(problem) for problem in problems]) == [wanted_message(mistake)]


def test_validate_tells_all_mistakes_of_both_files_at_once_without_a_traceback(
    tmp_path: Path,
) -> None:
    (tmp_path / "platform.yaml").write_text(
        (FOLDER / "platform" / "bad_duration.yaml").read_text().replace("staging", "prod")
    )
    (tmp_path / "slos.yaml").write_text((FOLDER / "slos" / "bad_window.yaml").read_text())
    ended = subprocess.run(
        [sys.executable, "-m", "seakeep.cli", "validate", "--platform", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    lines = ended.stderr.splitlines()
    assert lines[0] == "seakeep: 3 problems"
    assert [line.split(": ")[1] for line in lines[1:]] == [
        "environment",
        "checks[0].timeout",
        "spec.timeWindow[0].duration",
    ]


def test_a_missing_file_is_told_like_any_other_mistake(tmp_path: Path) -> None:
    _, problems = read_objectives(tmp_path / "slos.yaml")
    assert "no such file or directory" in str(problems[0])


def test_a_secret_does_not_show_in_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "BASE_TOKEN", "s3cret-value")
    text = (FOLDER / "platform" / "bad_url.yaml").read_text()
    (tmp_path / "platform.yaml").write_text(text.replace("example.org", "${BASE_TOKEN}", 1))
    _, problems = read_platform(tmp_path)
    assert "s3cret-value" not in str(problems[0])
    assert "***" in str(problems[0])


def test_an_experiment_may_only_guard_objectives_that_exist(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(
        "name: demo\nenvironment: staging\nbase_url: http://127.0.0.1:1\n"
        "checks: [{name: a, suite: health, path: /, expect: {status: 200}}]\n"
        "experiments: [{name: network-latency, guarded: [speed]}]\n"
    )
    sandbox = Path(__file__).parent.parent / "platforms" / "sandbox"
    (tmp_path / "slos.yaml").write_text((sandbox / "slos.yaml").read_text())
    with pytest.raises(ConfigError, match=r"experiments\[0\]\.guarded: found 'speed'; wanted an"):
        validate_platform(str(tmp_path))


def test_a_check_without_expectation_is_told_with_all_other_mistakes(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text(
        "name: demo\nenvironment: staging\nbase_url: http://127.0.0.1:8080\nchecks:\n"
        "  - {name: one, suite: health, path: /}\n"
        "  - {name: two, suite: health, path: /, timeout: 5, expect: {status: 200}}\n"
    )
    _, problems = read_platform(tmp_path)
    assert [problem.key for problem in problems] == ["checks[0].expect", "checks[1].timeout"]
