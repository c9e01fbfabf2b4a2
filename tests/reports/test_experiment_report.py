"""An experiment is told whole in every file: how deep, how long, at what cost, and by whom."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from seakeep.experiment_result import DETAIL, ExperimentResult
from seakeep.observation import Kind, Observation, Outcome
from seakeep.reports.digest import digest
from seakeep.reports.experiment_run import read_run
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.metrics import metric_groups
from seakeep.reports.run_record import RunReport
from seakeep.reports.run_report import ReportFiles, write_reports
from seakeep.reports.series import text
from tests.reports.experiment_builder import (
    Bad,
    deviated,
    experiment_report,
    guarded,
    held,
    recorded,
    result,
    scorecard,
)
from tests.reports.prometheus_tools import complaints
from tests.reports.run_builder import START, observation
from tests.reports.test_run_report import EVIL, Page


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    return write_reports(experiment_report(), tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def told() -> dict[str, ExperimentSummary]:
    return {one.name: one for one in digest(experiment_report()).experiments}


def only(*seen: Observation) -> RunReport:
    return replace(experiment_report(), observations=seen, steps=(), verdicts=(), scorecard=None)


def test_the_picture_of_a_platform_that_is_not_resilient_shows_why(files: ReportFiles) -> None:
    page = files.html.read_text()
    card = page[page.index(">pod-failure<span") : page.index(">pod-stop<span")]
    for words in (
        "objective availability is breached: 11 of 14 answers bad",
        "fault injected 0 s", "breach proven 1.05 s", "fault gone 6.1 s", "steady again 8.05 s",
        "Bad answers, per 200 ms", "104 of 122 bad", "-5%", 'class="answer bad"',
    ):  # fmt: skip
        assert words in card, words
    assert "not proven steady again" in page[page.index(">pod-stop<span") :]
    Page(page)


def test_what_nobody_knows_is_told_as_such(files: ReportFiles) -> None:
    page = files.html.read_text()
    held_card = page[page.index(">network-latency<span") : page.index(">pod-failure<span")]
    assert "no breach proven" in held_card
    assert "not needed" in held_card
    stopped = json.loads(files.json.read_text())["experiments"][2]
    assert stopped["recover_s"] is None
    assert stopped["faults"][0]["recover_s"] is None


def test_deviated_is_told_apart_from_a_failure_of_the_tool(files: ReportFiles) -> None:
    page = files.html.read_text()
    assert "<h1>Not recovered: pod-stop</h1>" in page
    for state, words in (
        ("deviated", "deviated"), ("tool_failed", "tool failed"),
        ("not_recovered", "not recovered"), ("refused", "refused"),
    ):  # fmt: skip
        assert f'<span class="chip {state}">{words}</span>' in page
    suite = next(s for s in ET.parse(files.junit).getroot() if s.get("name") == "chaos")
    endings = {
        case.get("name"): next((e.tag for e in case if e.tag != "system-out"), "passed")
        for case in suite
    }
    assert endings == {
        "network-latency": "passed", "pod-failure": "failure", "pod-stop": "failure",
        "cpu-stress": "error", "memory-stress": "skipped",
    }  # fmt: skip
    summary = files.summary.read_text()
    assert "⚠️ tool failed" in summary
    assert "🚨 not recovered" in summary


def test_ci_and_programs_read_the_same_numbers(files: ReportFiles) -> None:
    cases = {c.get("name"): c for c in ET.parse(files.junit).getroot().iter("testcase")}
    notes = cases["pod-failure"].findtext("system-out") or ""
    assert (
        "1 of 1 pods of app=harbour killed: in place for 6.1 s, breach proven after 1.05 s, "
        "removed in 5.05 s, recovered in 8.05 s, worst second 100% bad, slowest answer 360 ms"
    ) in notes
    assert "during breached (104 of 122 bad)" in notes
    assert "21% of the error budget spent, -5% left" in notes
    one: dict[str, Any] = json.loads(files.json.read_text())["experiments"][1]
    assert one["objectives"][0]["budget_spent"] == 0.21
    assert one["objectives"][0]["during"] == {"state": "breached", "good": 18, "valid": 122}
    assert one["faults"][0]["gone_at"] == "2026-01-31T10:15:36.100Z"
    assert "| pod-failure | availability | met (0 of 400 bad) |" in files.summary.read_text()


def test_recovery_counts_from_where_the_guard_saw_it_begin(
    told: dict[str, ExperimentSummary],
) -> None:
    # A kill counts from its injection, a delay from its end; the result does not say which it is.
    assert told["pod-failure"].recovered_at is not None
    assert (told["pod-failure"].recovered_at - START).total_seconds() == pytest.approx(38.05)
    delay = result(
        "slow", 10, fault="a delay", window_s=5.0, recover_s=6.0, worst_error_ratio=0.9
    )  # fmt: skip
    seen = guarded("slow", 10, 5, 13, Bad(0, 11, 1.0))
    kept = [one for one in seen if (one.at - START).total_seconds() != 16.0]
    (summary,) = digest(only(recorded(delay), *kept)).experiments
    assert summary.recovered_at is not None
    assert (summary.recovered_at - START).total_seconds() == pytest.approx(21.0)
    assert told["pod-stop"].recovered_at is None


def test_metrics_please_promtool_and_leave_out_what_is_not_known() -> None:
    chaos = next(g for g in metric_groups(experiment_report()) if g.key["suite"] == "chaos")
    assert complaints(text(chaos.samples).decode()) == ""
    values = {
        (s.family.removeprefix("seakeep_experiment_"), *s.labels.values()): s.value
        for s in chaos.samples
    }
    assert values["removal_seconds", "pod-failure"] == 5.05
    assert values["worst_error_ratio", "pod-failure"] == 1.0
    assert values["budget_spent_ratio", "pod-failure", "availability"] == 0.21
    assert ("budget_spent_ratio", "pod-failure", "latency") not in values
    assert ("recovery_seconds", "pod-stop") not in values
    assert values["state", "cpu-stress", "failed"] == 1
    assert ("held", "cpu-stress") not in values
    assert values["held", "pod-stop"] == 0
    assert values["runs", "pod-failure", "deviated"] == 6
    assert values["recovery_trend_seconds", "pod-failure"] == pytest.approx(1.8, abs=0.3)
    assert ("recovery_trend_seconds", "cpu-stress") not in values
    assert values["state", "memory-stress", "skipped"] == 0


def test_an_observation_of_an_earlier_version_is_read_as_before() -> None:
    old = recorded(deviated())
    bare = {k: v for k, v in old.attributes.items() if k != DETAIL}
    run = read_run(replace(old, attributes={**bare, "fault": "one pod killed"}))
    assert (run.state, run.objectives) == ("deviated", ())
    (effect,) = run.faults
    assert (effect.fault, effect.window_s, effect.recover_s) == ("one pod killed", 6.1, 8.05)


@pytest.mark.parametrize(
    "detail",
    [
        "{", "[]", "null", '{"status": "held"}', '{"status": "what", "cause": ""}',
        json.dumps({**deviated().to_json(), "faults": [{"fault": 3, "injected_at": EVIL}]}),
        json.dumps({**deviated().to_json(), "faults": [
            {"fault": EVIL, "injected_at": "9999-12-31T23:59:59+00:00", "window_s": 1e300}]}),
        json.dumps({**deviated().to_json(), "faults": [
            {"fault": EVIL, "injected_at": "2026-01-31T10:15:30+00:00", "window_s": "<b>",
             "recover_s": -1, "worst_error_ratio": 77, "detect_s": [1]}]}),
        json.dumps({**deviated().to_json(), "objectives": [
            {"objective": EVIL, "before": {"state": EVIL, "good": "x", "valid": 1e400},
             "during": {"state": "met", "good": -1, "valid": -2},
             "after": {"state": "met", "good": 1, "valid": 2},
             "budget_spent": "NaN", "budget_left": EVIL}]}),
    ],
)  # fmt: skip
def test_whatever_the_store_holds_the_report_is_written_and_safe(folder: Path, detail: str) -> None:
    honest = recorded(deviated())
    wild = replace(honest, attributes={**honest.attributes, DETAIL: detail, "fault": EVIL})
    seen = [wild, *guarded("pod-failure", 30, 6, 9, Bad(0, 1, 1.0))]
    card = scorecard([read_run(wild)])
    files = write_reports(replace(only(*seen), scorecard=card), folder)
    assert "script" not in Page(files.html.read_text()).tags
    for file in (files.html, files.junit, files.summary, files.json):
        assert not re.search("[\x00\x1b\ud800\u202e]", file.read_text()), file.name
    json.loads(files.json.read_text())
    ET.parse(files.junit)
    assert complaints(text(metric_groups(only(*seen))[0].samples).decode()) == ""


def test_many_minutes_of_a_guard_does_not_fill_the_page(folder: Path) -> None:
    long = result("long", 10, fault="a delay", window_s=600.0, recover_s=1.0)
    seen = [recorded(long), *guarded("long", 10, 600, 620, Bad(5, 60, 0.5))]
    report = replace(only(*seen), ended_at=START.replace(hour=12))
    assert write_reports(report, folder).html.stat().st_size < 250_000


def test_faults_of_one_experiment_are_told_one_by_one(folder: Path) -> None:
    first, second = held().faults[0], deviated().faults[0]
    both = replace(
        held(), faults=(first, replace(second, fault="a second one")), fault="two of them"
    )
    seen = [recorded(both), *guarded("network-latency", 10, 7, 30, Bad(0, 0, 0))]
    page = write_reports(only(*seen), folder).html.read_text()
    for words in ("fault 1 gone", "fault 2 injected 20 s", "a second one"):
        assert words in page, words


def test_a_skipped_experiment_is_neither_held_nor_failed(folder: Path) -> None:
    skipped = observation(
        Kind.CHAOS, "loss", 1, 0, outcome=Outcome.INVALID, attributes={"status": "skipped"}
    )
    page = write_reports(only(skipped), folder).html.read_text()
    assert "<h1>Not proven: skipped: loss</h1>" in page


def test_the_result_is_in_the_attribute_that_is_read() -> None:
    assert isinstance(deviated(), ExperimentResult)
    assert DETAIL in recorded(deviated()).attributes
