"""The scorecard: counts, medians, costs and trends over weeks; never a 0 for what is not known."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from seakeep.cli.chaos import chaos
from seakeep.observation import Kind, Observation
from seakeep.reports.experiment_history import experiment_runs
from seakeep.reports.experiment_run import read_run
from seakeep.reports.scorecard import Scorecard, ScorecardRow, make_scorecard
from seakeep.reports.scorecard_table import scorecard_table
from seakeep.reports.scorecard_words import trend_told
from seakeep.slo.trend import Change
from seakeep.store import open_store
from tests.reports.experiment_builder import (
    NOW,
    deviated,
    held,
    not_recovered,
    recorded,
    scorecard,
    tool_failed,
)
from tests.reports.run_builder import START
from tests.reports.test_run_report import EVIL

PLATFORM = """
name: harbour
environment: sandbox
base_url: http://127.0.0.1:9
checks: [{name: home, suite: home, path: /, expect: {status: 200}}]
experiments: [{name: network-latency}, {name: pod-failure}]
"""


def shown(card: Scorecard) -> list[str]:
    console = Console(width=100, file=io.StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(scorecard_table(card))
    return captured.get().splitlines()


def row(name: str, card: Scorecard | None = None) -> ScorecardRow:
    return next(one for one in (card or scorecard()).rows if one.experiment == name)


def card_of(*seen: Observation) -> Scorecard:
    runs = [read_run(one) for one in seen]
    return make_scorecard(runs, since=NOW - timedelta(days=30), until=NOW)


def recoveries(
    early: list[float], late: list[float], name: str = "pod-failure"
) -> list[Observation]:
    return [
        replace(recorded(replace(held(), recover_s=took_s), NOW - timedelta(days=days)), name=name)
        for days, values in ((12, early), (2, late))
        for took_s in values
    ]


def test_a_row_counts_its_runs_and_knows_the_medians_the_depth_and_the_cost() -> None:
    failure = row("pod-failure")
    assert failure.states == {"held": 9, "deviated": 6}
    assert failure.detect_p50_s == 1.05
    assert failure.recover_p50_s == pytest.approx(2.2, abs=0.3)
    assert (failure.worst_error_ratio, failure.worst_duration_s) == (1.0, 0.36)
    assert failure.budget_spent["availability"] == pytest.approx(6 * 0.21)
    assert "latency" not in failure.budget_spent


def test_recovery_that_got_slower_is_told_with_both_medians_and_its_certainty() -> None:
    trend = row("pod-failure").trend
    assert trend.change is Change.ROSE
    assert trend_told(trend).startswith("recovery slower in the last 7 days than before: 2.1")
    assert "p = 0.00" in trend_told(trend)
    assert row("network-latency").trend.change is Change.UNPROVEN


def test_what_is_not_known_is_a_dash_and_never_a_zero() -> None:
    lines = {line.split()[0]: line for line in shown(scorecard()) if line.strip()}
    assert lines["cpu-stress"].split()[-3:] == ["-", "-", "-"]
    assert lines["pod-stop"].split()[-4:] == ["900", "ms", "-", "100%"]
    assert "never" in lines["loss"]


def test_the_table_fits_into_a_hundred_columns_whatever_names_are_like() -> None:
    long = [replace(one, name="x" * 150) for one in recoveries([1.0], [2.0])]
    for card in (scorecard(), card_of(*long)):
        assert max(map(len, shown(card))) <= 100


def test_deviated_and_a_tool_that_failed_differ_in_words() -> None:
    lines = "\n".join(shown(scorecard()))
    for words in ("deviated 22h ago", "tool failed 11d ago", "not recovered 2d ago", "refused 2d"):
        assert words in lines, words
    assert "1 of the failed did not recover" in " ".join(lines.split())


@pytest.mark.parametrize(
    ("early", "late", "words"),
    [
        ([], [], "no recovery measured yet"),
        ([], [1.0], "recovery not compared: none was measured before the last 7 days"),
        ([1.0, 1.1], [2.0, 2.1], "2 of the last 7 days and 2 before are too few, it takes 6 more"),
        ([1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3], "recovery slower in the last 7 days"),
        ([2.0, 2.1, 2.2, 2.3], [1.0, 1.1, 1.2, 1.3], "recovery faster in the last 7 days"),
        ([1.0, 1.2, 1.4, 1.6], [1.1, 1.3, 1.5, 1.7], "no change of recovery proven: 1.3 s -> 1.4"),
    ],
)
def test_the_trend_in_words(early: list[float], late: list[float], words: str) -> None:
    if not early and not late:
        card = card_of(recorded(tool_failed(), NOW - timedelta(days=1)))
        assert words == trend_told(card.rows[0].trend)
        return
    assert words in trend_told(row("pod-failure", card_of(*recoveries(early, late))).trend)


def test_a_platform_that_does_not_come_back_any_more_is_slower_and_not_left_out() -> None:
    lost = [
        replace(recorded(not_recovered(), NOW - timedelta(hours=n)), name="pod-failure")
        for n in range(1, 6)
    ]
    card = card_of(*recoveries([1.0, 1.1, 1.2, 1.3, 1.4], []), *lost)
    told = trend_told(card.rows[0].trend)
    assert told.startswith("recovery slower in the last 7 days than before: 1.2 s -> not at all")


def test_several_comparisons_are_corrected_and_it_is_said() -> None:
    seen = recoveries([1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3])
    alone = card_of(*seen)
    beside = card_of(*seen, *recoveries([1.0, 1.2, 1.4, 1.6], [1.1, 1.3, 1.5, 1.7], "other"))
    assert row("pod-failure", alone).trend.change is Change.ROSE
    assert row("pod-failure", beside).trend.change is Change.UNPROVEN
    assert "as 2 experiments were compared" in "\n".join(shown(beside))
    assert "Holm" not in "\n".join(shown(alone))


def test_runs_before_the_period_count_for_the_trend_alone() -> None:
    seen = recoveries([1.0, 1.1, 1.2, 1.3], [2.0, 2.1, 2.2, 2.3])
    runs = [read_run(one) for one in seen]
    card = make_scorecard(runs, since=NOW - timedelta(days=3), until=NOW)
    assert len(card.rows[0].runs) == 4
    assert card.rows[0].trend.change is Change.ROSE


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "platform.yaml").write_text(PLATFORM)
    monkeypatch.setenv("SEAKEEP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stored(*seen: Observation) -> None:
    with open_store() as store:
        store.record(*seen)


def test_the_command_shows_what_the_store_holds(home: Path) -> None:
    now = datetime.now(UTC)
    stored(
        recorded(deviated(), now - timedelta(days=2)),
        recorded(replace(held(), recover_s=0.5), now - timedelta(days=1)),
        replace(recorded(held(), now - timedelta(days=1)), platform="another"),
        replace(recorded(held(), now - timedelta(days=1)), name="gone-by-now"),
        recorded(held(), now - timedelta(days=45)),
    )
    done = CliRunner().invoke(chaos, ["scorecard", "--platform", str(home)])
    assert done.exit_code == 0, done.output
    lines = {line.split()[0]: line.split() for line in done.output.splitlines() if line}
    assert lines["network-latency"][1:6] == ["1", "0", "0", "0", "0"]
    assert lines["pod-failure"][1:6] == ["0", "1", "0", "0", "0"]
    assert "gone-by-now" in lines
    assert "21% of availability" in done.output


def test_the_command_gives_programs_an_object_a_line(home: Path) -> None:
    stored(recorded(tool_failed(), datetime.now(UTC) - timedelta(days=1)))
    arguments = ["scorecard", "--platform", str(home), "--json", "--since", "90d"]
    done = CliRunner().invoke(chaos, arguments)
    told = [json.loads(line) for line in done.output.splitlines()]
    assert [one["experiment"] for one in told] == ["network-latency", "pod-failure", "cpu-stress"]
    assert told[2]["runs"] == {"held": 0, "deviated": 0, "refused": 0, "failed": 1, "skipped": 0}
    assert told[2]["recover_p50_s"] is None
    assert told[2]["trend"]["change"] == "too_few"
    assert told[0]["last"] is None


def test_hostile_names_obey_no_terminal(home: Path) -> None:
    now = datetime.now(UTC)
    wild, evil = recorded(deviated(), now - timedelta(hours=1)), EVIL.replace("\ud800", "")
    stored(replace(wild, name="[red]\n" + evil, message=evil, cause=evil))
    done = CliRunner().invoke(chaos, ["scorecard", "--platform", str(home)])
    assert done.exit_code == 0, done.output
    assert not set("\x00\x1b\u202e") & set(done.output)
    assert "[red] <script>" in done.output


@pytest.mark.parametrize("since", ["99999999d", "1ms"])
def test_any_period_can_be_asked_for(home: Path, since: str) -> None:
    arguments = ["scorecard", "--platform", str(home), "--since", since]
    assert CliRunner().invoke(chaos, arguments).exit_code == 0


def test_only_experiments_of_that_platform_and_time_are_read(home: Path) -> None:
    run = recorded(held(), START)
    stored(
        run,
        replace(run, kind=Kind.PROBE),
        replace(run, platform="another"),
        replace(run, at=START - timedelta(days=3)),
    )
    with open_store() as store:
        found = experiment_runs(store, "harbour", START - timedelta(1), START + timedelta(1))
    assert [one.at for one in found] == [START]
