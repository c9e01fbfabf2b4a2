"""What stands for Prometheus after runs of a part, of another suite, by an unfit observer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from seakeep.errors import UsageError
from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.platform import Platform
from seakeep.platform_file import load_platform
from seakeep.reports.metrics import metric_groups
from seakeep.reports.run_record import RunReport
from seakeep.reports.series import MetricGroup, text
from seakeep.reports.textfile import textfile_text
from seakeep.run.standing import _LATEST, standing_groups, with_standing
from seakeep.run.stored_run import stored_run
from seakeep.slo.objective import Objective
from seakeep.slo.openslo import load_objectives
from seakeep.store import Store, open_store
from tests.reports.prometheus_tools import complaints

SLOS = (Path(__file__).parents[2] / "platforms/sandbox/slos.yaml").read_text()
NOW = datetime.now(UTC)
PLATFORM = """
name: demo
environment: staging
base_url: http://127.0.0.1:1
checks:
  - {name: ready, suite: health, path: /ready, expect: {status: 200}}
  - {name: live, suite: health, path: /live, expect: {status: 200}}
  - {name: front, suite: home, path: /, expect: {status: 200}}
scenarios: [{name: exam, users: 1, rate: 1, duration: 1s}]
experiments: [{name: kill-pod}, {name: delay-store}]
"""


@pytest.fixture
def watched(tmp_path: Path) -> Platform:
    (tmp_path / "platform.yaml").write_text(PLATFORM)
    (tmp_path / "slos.yaml").write_text(SLOS.split("---")[0])  # availability: 99% of probes
    return load_platform(str(tmp_path))


@pytest.fixture
def objectives(watched: Platform) -> tuple[Objective, ...]:
    return load_objectives(watched)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as opened:
        yield opened


def probe(name: str, run: str, minutes_ago: float, **fields: object) -> Observation:
    suite = {"ready": "health", "live": "health", "front": "home"}.get(name, "health")
    attributes: dict[str, Attribute] = {"suite": suite, "status": 200}
    base = Observation(
        at=NOW - timedelta(minutes=minutes_ago),
        platform="demo",
        kind=Kind.PROBE,
        name=name,
        location="local",
        run_id=run,
        outcome=Outcome.GOOD,
        duration_s=0.1,
        attributes=attributes,
    )
    return replace(base, **fields)  # type: ignore[arg-type]


def pushed(store: Store, watched: Platform, run: str) -> dict[str, dict[str, float]]:
    """Return what a push of a run says of each check's success, by suite."""
    report = with_standing(stored_run(store, watched, run, ()), store, watched)
    return successes(metric_groups(report))


def successes(groups: tuple[MetricGroup, ...]) -> dict[str, dict[str, float]]:
    return {
        group.key["suite"]: {
            str(s.labels.get("check")): s.value
            for s in group.samples
            if s.family == "probe_success"
        }
        for group in groups
    }


def standing(
    store: Store, watched: Platform, run: str, objectives: tuple[Objective, ...] = ()
) -> tuple[MetricGroup, ...]:
    report: RunReport = stored_run(store, watched, run, objectives)
    return standing_groups(store, watched, report, objectives)


def test_a_run_of_one_check_keeps_the_others_of_its_suite_and_leaves_other_suites_alone(
    store: Store, watched: Platform
) -> None:
    store.record(probe("ready", "1", 9), probe("live", "1", 9), probe("front", "1", 9))
    store.record(probe("ready", "2", 1, outcome=Outcome.BAD, cause="status"))
    assert pushed(store, watched, "2") == {"health": {"live": 1, "ready": 0}}


def test_a_check_that_is_no_longer_declared_disappears(store: Store, watched: Platform) -> None:
    store.record(probe("ready", "1", 9), probe("old", "1", 9))
    store.record(probe("ready", "2", 1))
    assert pushed(store, watched, "2") == {"health": {"ready": 1}}


def test_a_check_that_moved_to_another_suite_moves_in_the_metrics_too(
    store: Store, watched: Platform
) -> None:
    store.record(probe("live", "1", 9, attributes={"suite": "home"}))
    store.record(probe("ready", "2", 1))
    assert pushed(store, watched, "2") == {"health": {"live": 1, "ready": 1}}


def test_an_unfit_observer_does_not_take_the_last_valid_state_away(
    store: Store, watched: Platform
) -> None:
    store.record(probe("ready", "1", 9), probe("live", "1", 9, outcome=Outcome.BAD))
    unfit = {"outcome": Outcome.INVALID, "cause": "observer"}
    store.record(probe("ready", "2", 1, **unfit), probe("live", "2", 1, **unfit))
    assert pushed(store, watched, "2") == {"health": {"ready": 1, "live": 0}}
    report = with_standing(stored_run(store, watched, "2", ()), store, watched)
    metrics = text(metric_groups(report)[0].samples).decode()
    assert 'seakeep_invalid_observations{check="ready"} 1.0' in metrics


def test_what_was_seen_elsewhere_or_by_a_guard_does_not_stand_for_a_check(
    store: Store, watched: Platform
) -> None:
    guarded: dict[str, Attribute] = {"suite": "health", "experiment": "kill-pod", "phase": "during"}
    store.record(
        probe("live", "1", 9),
        probe("live", "2", 5, outcome=Outcome.BAD, location="far"),
        probe("live", "3", 4, outcome=Outcome.BAD, attributes=guarded),
        probe("ready", "4", 1),
    )
    assert pushed(store, watched, "4") == {"health": {"live": 1, "ready": 1}}


def test_an_experiment_by_itself_keeps_the_others(store: Store, watched: Platform) -> None:
    def experiment(name: str, run: str, minutes_ago: float) -> Observation:
        return probe(name, run, minutes_ago, kind=Kind.CHAOS, attributes={"status": "held"})

    store.record(experiment("kill-pod", "1", 9), experiment("delay-store", "2", 1))
    (group,) = metric_groups(with_standing(stored_run(store, watched, "2", ()), store, watched))
    held = {s.labels["experiment"] for s in group.samples if s.family == "seakeep_experiment_held"}
    assert held == {"kill-pod", "delay-store"}


def test_the_textfile_holds_the_latest_run_of_each_suite(
    store: Store, watched: Platform, objectives: tuple[Objective, ...]
) -> None:
    store.record(probe("front", "1", 60 * 24 * 9), probe("live", "2", 30), probe("own", "2", 30))
    store.record(probe("GET /", "3", 20, kind=Kind.LOAD, attributes={"status": 200}))
    store.record(probe("ready", "4", 1))
    groups = standing(store, watched, "4", objectives)
    assert successes(groups) == {
        "health": {"ready": 1, "live": 1},
        "home": {"front": 1},
        "load": {},
        "objectives": {},
    }
    by_suite = {group.key["suite"]: group for group in groups}
    ended = {
        suite: next(s.value for s in group.samples if "last_run" in s.family)
        for suite, group in by_suite.items()
    }
    assert ended["home"] < ended["load"] < ended["health"]
    assert complaints(textfile_text(groups).decode()) == ""


def test_the_run_that_was_asked_for_goes_before_later_ones(store: Store, watched: Platform) -> None:
    store.record(probe("ready", "1", 9, outcome=Outcome.BAD), probe("front", "1", 9))
    store.record(probe("ready", "2", 5), probe("front", "2", 5))
    store.record(probe("ready", "3", 1))
    assert successes(standing(store, watched, "1")) == {
        "health": {"ready": 0}, "home": {"front": 1},
    }  # fmt: skip
    assert successes(standing(store, watched, "3"))["health"] == {"ready": 1}


def test_a_run_is_found_whole_however_old_and_however_long(store: Store, watched: Platform) -> None:
    for run, minutes_ago in (("long", 70), ("days", 60 * 30), ("weeks", 60 * 24 * 40)):
        store.record(*(probe("ready", run, minutes_ago + index) for index in range(0, 60, 20)))
    for run in ("long", "days", "weeks"):
        assert len(stored_run(store, watched, run, ()).observations) == 3
    with pytest.raises(UsageError, match="no run never of demo"):
        stored_run(store, watched, "never", ())


def test_the_latest_is_looked_up_not_searched_for(store: Store) -> None:
    parameters = ("demo", "probe", "ready", "local", False)
    sql = f"EXPLAIN QUERY PLAN SELECT * FROM observation WHERE {_LATEST}"
    plan = " ".join(str(row) for row in store.query(sql, parameters))
    assert "USING INDEX observation_by_name (platform=? AND kind=? AND name=?)" in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE FOR ORDER" not in plan
