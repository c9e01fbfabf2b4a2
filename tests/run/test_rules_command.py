"""`seakeep rules` as a person meets it."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seakeep.cli import cli

PLATFORM = "name: demo\nenvironment: staging\nbase_url: ${NOT_SET_ANYWHERE}\n"
SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: speed}
spec:
  service: demo
  indicator:
    metadata: {name: fast}
    spec:
      ratioMetric:
        good: {metricSource: {type: seakeep, spec: {outcome: good}}}
        total: {metricSource: {type: seakeep, spec: {kind: probe}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.9}]
"""
POLICY = """
  alertPolicies:
    - kind: AlertPolicy
      metadata: {name: page-us}
      spec:
        alertWhenBreaching: true
        conditions:
          - kind: AlertCondition
            metadata: {name: impossible}
            spec:
              severity: page
              condition:
                {kind: burnrate, op: gt, threshold: 14.4, lookbackWindow: 1h, alertAfter: 5m}
        notificationTargets: [{targetRef: on-call}]
---
apiVersion: openslo/v1
kind: AlertNotificationTarget
metadata: {name: on-call}
spec: {target: email}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "platforms" / "demo"
    folder.mkdir(parents=True)
    (folder / "platform.yaml").write_text(PLATFORM)
    (folder / "slos.yaml").write_text(SLO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def rules(*arguments: str) -> tuple[int, Result]:
    result = CliRunner().invoke(
        cli, ["rules", "--platform", "demo", *arguments], standalone_mode=False
    )
    assert result.exception is None
    return int(result.return_value), result


def test_the_rules_go_to_stdout_and_what_is_left_out_to_stderr(project: Path) -> None:
    code, result = rules()
    assert code == 0
    assert result.stdout.startswith("# Generated from slos.yaml by 'seakeep rules --platform demo")
    assert "alert: SeakeepBudgetBurn" in result.stdout
    assert "speed: the pair 1h/5m at burn rate 14.4 is left out" in result.stderr
    assert not (project / "reports").exists()


def test_check_tells_by_its_exit_code_whether_the_files_are_current(project: Path) -> None:
    assert rules("--check")[0] == 1
    assert rules("--out", "reports/alerts")[0] == 0
    assert rules("--check")[0] == 0
    assert rules("--check", "--out", "reports/alerts")[0] == 0
    slos = project / "platforms/demo/slos.yaml"
    slos.write_text(slos.read_text().replace("target: 0.9", "target: 0.99"))
    code, result = rules("--check")
    assert code == 1
    assert "demo.rules.yaml: not what demo's objectives make now" in result.stderr


def test_the_age_at_which_a_push_is_stale_stands_in_the_rules_and_in_their_head(
    project: Path,
) -> None:
    _, result = rules("--stale-after", "1d")
    assert "--stale-after 1d --out" in result.stdout.splitlines()[0]
    assert "<= 86400" in result.stdout
    assert "no run for 1d" in result.stdout


def test_a_policy_that_could_never_fire_is_exit_code_2_with_file_line_and_reason(
    project: Path,
) -> None:
    slos = project / "platforms/demo/slos.yaml"
    slos.write_text(SLO.rstrip() + POLICY)
    ended = subprocess.run(
        [sys.executable, "-m", "seakeep.cli", "rules", "--platform", "demo", "--out", "rules"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "platforms/demo/slos.yaml:" in ended.stderr
    assert "page-us: found gt 14.4, which is 14.4 x 0.1 = 1.44" in ended.stderr
    assert not (project / "rules").exists()
