"""Load is told the same from single requests and from batches, and its generator beside it."""

import json
import random
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from seakeep.observation import Kind, Outcome
from seakeep.reports.digest import digest
from seakeep.reports.load_bins import bin_load
from seakeep.reports.metrics import metric_groups
from seakeep.reports.objective_events import ObjectiveEvents, count_events
from seakeep.reports.run_record import RunReport
from seakeep.reports.run_report import ReportFiles, write_reports
from seakeep.reports.summary import render_summary
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.window import RollingWindow
from tests.reports.run_builder import (
    START,
    batched,
    batched_report,
    generator,
    load,
    run_report,
)

_NEAR = 0.0101


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    return write_reports(batched_report(), tmp_path_factory.mktemp("report"))


def result_of(files: ReportFiles) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(files.json.read_text())["load"]
    return told


def in_batches(report: RunReport) -> RunReport:
    others = [o for o in report.observations if o.kind is not Kind.LOAD]
    mine = [o for o in report.observations if o.kind is Kind.LOAD]
    return replace(report, observations=(*others, *batched(mine)))


def test_batches_are_told_as_the_requests_that_they_stand_for() -> None:
    single = run_report()
    one, many = digest(single), digest(in_batches(single))
    assert many.counts == one.counts
    for mine, theirs in zip(many.loaded.requests, one.loaded.requests, strict=True):
        assert (mine.name, mine.good, mine.bad, mine.causes) == (
            theirs.name, theirs.good, theirs.bad, theirs.causes,
        )  # fmt: skip
        assert mine.response == theirs.response
    assert many.loaded.span_s == pytest.approx(one.loaded.span_s, abs=1.0)


def test_bins_of_batches_are_those_of_their_requests() -> None:
    requests = list(load(random.Random(7), 1500))
    assert bin_load(batched(requests), START, 2.0) == bin_load(requests, START, 2.0)


def test_programs_find_response_beside_service_times_and_what_became_of_arrivals(
    files: ReportFiles,
) -> None:
    told = result_of(files)
    health = told["requests"][0]
    assert health["name"] == "GET /health"
    assert health["p99_s"] - health["service"]["p99_s"] == pytest.approx(0.004, abs=0.004)
    assert health["p50_s"] < health["p95_s"] <= health["p99_s"] <= health["p999_s"]
    assert health["p999_s"] <= health["max_s"]
    assert health["error_share"] == pytest.approx(
        health["observations"]["bad"] / (health["observations"]["good"] + 42)
    )
    assert told["total"]["observations"]["invalid"] == 103
    arrivals = told["arrivals"]
    assert (arrivals["due"], arrivals["started"], arrivals["missed"]) == (1496, 1478, 18)
    assert arrivals["missed_share"] == pytest.approx(18 / 1496)
    assert told["scenarios"][0]["scenario"] == "exam-morning"
    generator_ = told["generator"]
    assert (generator_["seconds"], generator_["unfit_seconds"]) == (44, 3)


def test_an_unfit_generator_is_told_before_anything_that_it_measured(files: ReportFiles) -> None:
    words = "load generator was unfit for 3 of 44 seconds (its loop was late by 0.41 s)"
    page, summary = files.html.read_text(), files.summary.read_text()
    assert page.index(words) < page.index("<dt>Service p99</dt>")
    assert summary.index("unfit for 3 of 44 seconds") < summary.index("### Objectives")
    assert "18 missed (1.20%)" in summary
    assert "| p99.9 | Max | Service p99 |" in summary
    (case,) = (c for c in ET.parse(files.junit).iter("testcase") if c.get("name") == "generator")
    (skipped,) = case.findall("skipped")
    assert words in str(skipped.get("message"))
    assert "arrivals started" in str(case.findtext("system-out"))


def test_a_fit_generator_needs_no_banner(tmp_path: Path) -> None:
    report = replace(
        in_batches(run_report()),
        observations=(*in_batches(run_report()).observations, generator(9.0, due=5, started=5)),
    )
    files = write_reports(report, tmp_path)
    assert "unfit for" not in files.html.read_text()
    assert "unfit for" not in files.summary.read_text()
    assert "5 of 5 arrivals started." in files.summary.read_text()
    (case,) = (c for c in ET.parse(files.junit).iter("testcase") if c.get("name") == "generator")
    assert not case.findall("skipped")


def test_what_a_generator_tells_of_itself_is_nothing_seen_of_the_platform() -> None:
    before = digest(run_report())
    seconds = [generator(second, due=1, unfit="late") for second in range(3)]
    seconds += [generator(second, due=1, started=1) for second in range(3, 9)]
    after = digest(run_report(1500, *seconds))
    assert after.counts == before.counts
    assert after.overall == before.overall
    assert after.unfit == before.unfit
    assert len(after.checks) == len(before.checks)


def test_load_of_a_generator_that_was_unfit_most_of_the_time_proves_nothing() -> None:
    seconds = [generator(second, unfit="late") for second in range(30)]
    report = replace(run_report(0, *seconds), verdicts=())
    told = digest(
        replace(report, observations=tuple(o for o in report.observations if o in seconds))
    )
    assert told.overall.state == "not_proven"
    assert "unfit for 30 of 30 seconds" in told.overall.words


def test_arrivals_and_service_times_are_metrics_of_the_load() -> None:
    (group,) = (g for g in metric_groups(batched_report()) if g.key["suite"] == "load")
    found = {(s.family + s.suffix, *sorted(s.labels.values())): s.value for s in group.samples}
    assert found["seakeep_load_arrivals", "exam-morning", "missed"] == 18
    assert found["seakeep_load_unfit_seconds",] == 3
    requests = ("seakeep_load_requests_total", "GET /health")
    assert found[(*requests, "bad")] == 42
    served = found["seakeep_load_service_duration_seconds", "0.99", "GET /health"]
    took = found["seakeep_load_request_duration_seconds", "0.99", "GET /health"]
    assert served < took
    count = found["seakeep_load_request_duration_seconds_count", "GET /health"]
    assert count == found[(*requests, "bad")] + found[(*requests, "good")]


def test_an_objective_has_as_many_events_as_its_batches_stand_for() -> None:
    objective = Objective(
        name="fast",
        display_name="Fast",
        description="",
        service="s",
        target=0.9,
        window=RollingWindow(60.0),
        indicator=ObservedRatio(events=Selector(kinds=(Kind.LOAD,)), good=Goodness()),
        place="slos.yaml:1",
    )
    requests = list(load(random.Random(7), 1500))
    bad = sum(o.outcome is Outcome.BAD for o in requests)
    wanted = (ObjectiveEvents(objective="fast", good=1500 - bad, bad=bad),)
    assert count_events([objective], requests) == wanted
    assert count_events([objective], batched(requests)) == wanted


def test_the_summary_of_much_load_says_what_all_requests_had_together() -> None:
    assert "(all requests) | 1,397 |" in render_summary(batched_report()).replace("\\", "")
