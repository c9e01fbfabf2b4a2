"""The check of one run, such as a load run that was killed before it could be judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seakeep.cli.check import check
from seakeep.observation import Kind, Observation, Outcome
from seakeep.store import open_store

PLATFORM = """
name: demo
environment: staging
base_url: http://127.0.0.1:1
checks: [{name: health, suite: health, path: /health, expect: {status: 200}}]
"""
OBJECTIVE = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: demo
  indicator:
    metadata: {{name: good-{name}}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: seakeep, spec: {{outcome: good}}}}}}
        total: {{metricSource: {{type: seakeep, spec: {{kind: {kind}}}}}}}
  timeWindow: [{{duration: 7d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.95}}]
"""
LONG_AGO = datetime.now(UTC) - timedelta(days=20)  # beyond the window of the objectives


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "platforms" / "demo"
    folder.mkdir(parents=True)
    (folder / "platform.yaml").write_text(PLATFORM)
    kinds = {"availability": "probe", "load": "load"}
    written = [OBJECTIVE.format(name=name, kind=kind) for name, kind in kinds.items()]
    (folder / "slos.yaml").write_text("---".join(written))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEAKEEP_HOME", raising=False)
    record("broken", LONG_AGO, good=50, bad=50)
    record("sound", LONG_AGO + timedelta(minutes=5), good=400)
    return tmp_path


def record(run_id: str, begin: datetime, good: int, bad: int = 0, kind: Kind = Kind.LOAD) -> None:
    with open_store() as store:
        store.record_many(
            Observation(
                at=begin + timedelta(seconds=index / 10),
                platform="demo",
                kind=kind,
                name="GET /",
                location="local",
                run_id=run_id,
                outcome=Outcome.GOOD if index < good else Outcome.BAD,
                duration_s=0.1,
            )
            for index in range(good + bad)
        )


def asked(*options: str) -> Result:
    return CliRunner().invoke(check, ["--platform", "demo", *options], standalone_mode=False)


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("run", "code", "events"), [("broken", 1, 100), ("sound", 0, 400), ("latest", 0, 400)]
)
def test_only_the_events_of_that_run_are_judged_however_old(
    run: str, code: int, events: int
) -> None:
    told = asked("--run", run, "--json")
    assert told.return_value == code, told.exception
    (verdict,) = told.stdout.splitlines()  # nothing was probed in it
    assert '"objective": "load"' in verdict
    assert f'"valid": {events}' in verdict


@pytest.mark.usefixtures("project")
def test_an_objective_that_is_asked_for_by_name_is_judged_even_without_events() -> None:
    told = asked("--run", "sound", "--objective", "availability")
    assert told.return_value == 1
    assert "no data" in told.stdout


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--run", "gone"), "--run: found 'gone'; wanted a run of demo in the store, or latest"),
        (("--run", "sound", "--window", "1h"), "--run: a run is judged from its beginning to its"),
        (("--run", "sound", "--at", "2026-01-31"), "wanted it without --window and --at"),
    ],
)
def test_what_can_not_be_asked_of_a_run_is_told(options: tuple[str, ...], said: str) -> None:
    assert said in str(asked(*options).exception)


@pytest.mark.usefixtures("project")
def test_a_run_that_no_objective_covers_is_told() -> None:
    record("walked", datetime.now(UTC), good=3, kind=Kind.JOURNEY)
    assert "no objective covers what run walked saw (journey)" in str(
        asked("--run", "latest").exception
    )


@pytest.mark.usefixtures("project")
def test_a_run_of_one_moment_is_judged_too() -> None:
    record("short", datetime.now(UTC), good=1)
    told = asked("--run", "latest", "--json")
    assert told.return_value == 0, told.exception
    assert '"valid": 1' in told.stdout
