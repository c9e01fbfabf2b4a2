"""Load is told the same from single requests and from batches, and its generator beside it."""

import json
import random
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.observation import Kind, Observation, Outcome
from seakeep.reports.digest import digest
from seakeep.reports.load_bins import bin_events, bin_load
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
    observation,
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


def flat(rate_per_s: int, begin_s: float, length_s: float) -> list[Observation]:
    """Requests at even distances, of two names, of which some fail and one in ten is slow."""
    return [
        observation(
            Kind.LOAD,
            "GET /health" if index % 5 else "GET /",
            begin_s + (index + 0.5) / rate_per_s,
            0.2 if index % 10 == 7 else 0.01,
            outcome=Outcome.BAD if index % 7 == 3 else Outcome.GOOD,
        )
        for index in range(round(rate_per_s * length_s))
    ]


@pytest.mark.parametrize("begin_s", [0.0, 3.0, 3.25, 3.75, 3.98])
@pytest.mark.parametrize("clock_s", [0.0, 0.4, 0.983])
@pytest.mark.parametrize("width_s", [1.0, 2.0])
def test_an_even_rate_looks_even_wherever_the_seconds_of_the_clock_lie(
    begin_s: float, clock_s: float, width_s: float
) -> None:
    requests = flat(60, begin_s + clock_s, 15)
    start = START + timedelta(seconds=clock_s)
    for seen in (requests, list(batched(requests))):
        bins = bin_load(seen, start, width_s)
        assert sum(each.count for each in bins) == len(requests)
        assert sum(each.bad for each in bins) == sum(o.outcome is Outcome.BAD for o in requests)
        assert [each.count / each.length_s for each in bins] == pytest.approx(
            [60] * len(bins), rel=0.1
        )
        assert sum(each.length_s for each in bins) == pytest.approx(15, abs=0.05)
        assert bins[0].start_s == pytest.approx(begin_s, abs=0.02)
        assert max(each.p50_s for each in bins) < 0.011
        assert min(each.p95_s for each in bins) > 0.19


def test_each_of_two_scenarios_with_a_pause_between_them_looks_even() -> None:
    requests = flat(60, 3.4, 7.55) + flat(40, 14.7, 5.9)
    bins = bin_load(batched(requests), START, 1.0)
    early = [each for each in bins if each.start_s < 12]
    late = bins[len(early) :]
    for some, per_s, length_s in ((early, 60, 7.55), (late, 40, 5.9)):
        rates = [each.count / each.length_s for each in some]
        assert rates == pytest.approx([per_s] * len(some), rel=0.1)
        assert sum(each.length_s for each in some) == pytest.approx(length_s, abs=0.05)


@pytest.mark.parametrize(
    ("at_s", "wanted"),
    [
        ([5.2], [(5.0, 1.0)]),
        ([5.2, 12.9], [(5.0, 1.0), (12.0, 1.0)]),
        ([5.01, 6.5, 7.99], [(5.0, 1.0), (6.0, 1.0), (7.0, 1.0)]),
    ],
)
def test_a_few_requests_are_not_taken_for_a_high_rate_of_a_moment(
    at_s: list[float], wanted: list[tuple[float, float]]
) -> None:
    bins = bin_load([observation(Kind.LOAD, "GET /", at, 0.1) for at in at_s], START, 1.0)
    assert [(each.start_s, each.length_s) for each in bins] == wanted


@given(st.lists(st.tuples(st.floats(0, 20), st.sampled_from(list(Outcome))), max_size=80))
def test_no_request_is_lost_or_counted_twice(some: list[tuple[float, Outcome]]) -> None:
    requests = [
        observation(Kind.LOAD, "GET /", at_s, 0.1, outcome=outcome)
        for at_s, outcome in sorted(some)
    ]
    for binned in (bin_load, bin_events):
        bins = binned(batched(requests), START + timedelta(seconds=0.3), 1.0)
        for kind in Outcome:
            found = {
                Outcome.GOOD: sum(each.count - each.bad for each in bins),
                Outcome.BAD: sum(each.bad for each in bins),
                Outcome.INVALID: sum(each.invalid for each in bins),
            }
            assert found[kind] == sum(outcome is kind for _, outcome in some)
        assert all(each.length_s > 0 for each in bins)


def test_a_batch_of_a_store_from_before_its_spread_was_told_is_of_its_second() -> None:
    requests = flat(60, 3.25, 15)
    old = [replace(batch, attributes={}) for batch in batched(requests)]
    rates = [each.count / each.length_s for each in bin_load(old, START, 1.0)]
    assert rates[:-1] == pytest.approx([60] * 15, rel=0.15)  # the last second's end is not known


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
