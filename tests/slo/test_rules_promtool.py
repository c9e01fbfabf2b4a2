"""What the rules come to in Prometheus' own engine."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seakeep.reports.metrics import metric_groups
from seakeep.reports.objective_events import ObjectiveEvents
from seakeep.slo.objective import (
    Budgeting,
    Indicator,
    Objective,
    Operator,
    PrometheusRatio,
    PrometheusRaw,
    PrometheusThreshold,
)
from seakeep.slo.openslo import read_objectives
from seakeep.slo.rules.files import differing, generate, write
from seakeep.slo.window import RollingWindow
from tests.reports.run_builder import run_report

from .rule_tests import DAY_S, HOUR_S, LOAD, PROBES, complaints, objective, promtool

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "reports" / "alerts"
PLATFORMS = sorted(folder.parent.name for folder in ROOT.glob("platforms/*/slos.yaml"))


def rules_of(*objectives: Objective) -> str:
    return generate("school", objectives).files[0][1]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_committed_rules_are_what_the_objectives_make(platform: str) -> None:
    objectives, problems = read_objectives(ROOT / "platforms" / platform / "slos.yaml")
    assert not problems
    assert differing(generate(platform, objectives), ALERTS) == (), "run 'make rules'"


def test_promtool_accepts_the_committed_rules_and_each_alert_fires_only_when_it_should() -> None:
    files = sorted(ALERTS.glob("*.rules.yaml"))
    assert [file.name.split(".")[0] for file in files] == PLATFORMS
    assert promtool("check", "rules", *files) == ""
    tests = sorted(ALERTS.glob("*.rules.test.yaml"))
    with ThreadPoolExecutor(2) as pool:
        assert "".join(pool.map(lambda file: promtool("test", "rules", file), tests)) == ""


def test_the_generated_tests_fail_when_a_rule_is_off(tmp_path: Path) -> None:
    write(generate("school", [objective()]), tmp_path)
    rules, tests = tmp_path / "school.rules.yaml", tmp_path / "school.rules.test.yaml"
    assert promtool("test", "rules", tests) == ""
    for right, wrong in (
        ("> 14.4 * 0.01", "> 140.4 * 0.01"),
        ('outcome="bad"}\n', 'outcome="good"}\n'),
        ("< 0.1", "< 0.01"),
        ("absent(", "count("),
        (") > 3600", ") > 36000"),
    ):
        text = rules.read_text()
        assert right in text
        rules.write_text(text.replace(right, wrong))
        assert "FAILED" in promtool("test", "rules", tests), wrong
        rules.write_text(text)


_COUNTERS = {
    'hits{code="200", pod="a"}': "0+30x40",
    'hits{code="200", pod="b"}': "0+60x40",
    'hits{code="500", pod="b"}': "0+30x40",
}
_MOMENTS = {f'score{{pod="{pod}"}}': "4x40" for pod in "abc"} | {'score{pod="d"}': "9x40"}
_GAPS = _MOMENTS | {'score{pod="e"}': "7x40"}
_NAN_OF_7 = "(score - 7) / (score != bool 7) + 7"


@pytest.mark.parametrize(
    ("indicator", "series", "error_ratio"),
    [
        (PrometheusRatio(total="hits", bad='hits{code=~"5.."}'), _COUNTERS, 0.25),
        (PrometheusRatio(total="sum(hits)", good='sum(hits{code!~"5.."})'), _COUNTERS, 0.25),
        (
            PrometheusRatio(
                total="sum(increase(hits[{{.window}}]))",
                good='sum(rate(hits{code="200"}[{{.window}}]))',
            ),
            _COUNTERS,
            0.25,
        ),
        (
            PrometheusRatio(total="count(score)", good="count(score < 5)", counter=False),
            _MOMENTS,
            0.25,
        ),
        (PrometheusRatio(total="score", bad='score{pod="a"}', counter=False), _MOMENTS, 4 / 21),
        (
            PrometheusRaw(
                query='sum(rate(hits{code="200"}[{{.window}}])) / sum(rate(hits[{{.window}}]))',
                raw_type="success",
            ),
            _COUNTERS,
            0.25,
        ),
        (PrometheusRaw(query="avg(score) / 21", raw_type="failure"), _MOMENTS, 0.25),
        (PrometheusThreshold(query="score", operator=Operator.LESS, value=5), _MOMENTS, 0.25),
        (PrometheusThreshold(query=_NAN_OF_7, operator=Operator.LESS, value=5), _GAPS, 0.25),
    ],
)
def test_the_error_ratio_of_each_kind_of_query_is_right_over_each_window(
    tmp_path: Path, indicator: Indicator, series: dict[str, str], error_ratio: float
) -> None:
    windows = ("5m", "1h", "3d", "30d")
    expected = [
        ("30m", f"max(slo:sli_error:ratio_rate{window})", error_ratio) for window in windows
    ]
    assert complaints(tmp_path, rules_of(objective(0.99, indicator)), series, expected) == ""


def test_no_error_yet_is_no_error_but_a_metric_that_does_not_exist_is_no_data(
    tmp_path: Path,
) -> None:
    fine = objective(0.99, PrometheusRatio(total="hits", bad='hits{code=~"5.."}'), name="fine")
    typo = objective(0.99, PrometheusRatio(total="hits", bad='hitz{code=~"5.."}'), name="typo")
    ratio = "max(slo:sli_error:ratio_rate5m{{objective='{}'}})"
    expected = [
        ("30m", ratio.format("fine"), 0),
        ("30m", ratio.format("typo"), None),
        ("30m", 'count(ALERTS{alertname="SeakeepNoEvents", alertstate="firing"})', 1),
    ]
    series = {'hits{code="200"}': "0+30x40"}
    assert complaints(tmp_path, rules_of(fine, typo), series, expected) == ""


def test_slices_of_time_are_counted_where_the_budget_is_in_them(tmp_path: Path) -> None:
    ratio = PrometheusRatio(total="hits", bad='hits{code="500"}')
    slices = Budgeting(method="Timeslices", slice_s=60.0, slice_target=0.9)
    mean = Budgeting(method="RatioTimeslices", slice_s=120.0)
    rules = rules_of(
        objective(0.99, ratio, name="slices", budgeting=replace(slices, slice_s=120.0)),
        objective(0.99, ratio, name="mean", budgeting=mean),
        objective(0.99, PROBES, name="probes", budgeting=slices),
    )
    series = {
        'hits{code="200"}': "0+60x40",
        'hits{code="500"}': "0+20x40",
        **pushed("probes", good="60x9 12x30", bad="0x9 2x30"),
    }
    ratio_of = "max(slo:sli_error:ratio_rate30m{{objective='{}'}})"
    expected = [
        ("19m", ratio_of.format("slices"), 1),  # a quarter is bad: more than a tenth
        ("19m", ratio_of.format("mean"), 0.25),
        ("19m", ratio_of.format("probes"), 0.5),  # of 20 minutes, 10 had 2 bad of 14
    ]
    assert complaints(tmp_path, rules, series, expected) == ""


def pushed(
    name: str, good: str, bad: str, run_at: str = "0+60x100", location: str = "here"
) -> dict[str, str]:
    key = f'platform="school", suite="objectives", objective="{name}", location="{location}"'
    return {
        f'seakeep_slo_events{{{key}, outcome="good"}}': good,
        f'seakeep_slo_events{{{key}, outcome="bad"}}': bad,
        f"seakeep_last_run_timestamp_seconds{{{key}}}": run_at,
    }


def test_a_run_weighs_by_its_events_and_by_how_long_it_was_the_latest(tmp_path: Path) -> None:
    # One bad of 4 for 10 minutes, then none of 16 for 10 minutes: 10 of 200.
    series = pushed("availability", good="3x9 16x30", bad="1x9 0x30")
    expected = [
        ("19m", "max(slo:sli_error:ratio_rate30m)", 0.05),
        ("19m", "max(slo:sli_error:ratio_rate5m)", 0),
    ]
    assert complaints(tmp_path, rules_of(objective()), series, expected) == ""


def test_a_push_that_is_shown_for_ever_stops_to_count_and_alerts(tmp_path: Path) -> None:
    series = pushed("availability", good="0x150", bad="9x150", run_at="0x150")
    fired = 'count(ALERTS{alertname="%s", alertstate="firing"})'
    expected = [
        ("60m", "max(seakeep:slo_events:moment{outcome='bad'})", 9),
        ("61m", "max(seakeep:slo_events:moment{outcome='bad'})", None),
        ("60m", fired % "SeakeepBudgetBurn", 4),
        ("70m", fired % "SeakeepProbesStale", 1),
        ("130m", "max(slo:sli_error:ratio_rate1h)", None),
        ("130m", "max(slo:sli_error:ratio_rate6h)", 1),
    ]
    assert complaints(tmp_path, rules_of(objective()), series, expected) == ""


def test_a_location_that_stopped_does_not_outvote_those_that_go_on(tmp_path: Path) -> None:
    series = {
        **pushed("availability", good="60x90", bad="0x90", location="here"),
        **pushed("availability", good="0x90", bad="60x90", location="there", run_at="0x90"),
    }
    expected = [
        ("30m", "max(slo:sli_error:ratio_rate5m)", 0.5),
        ("70m", "max(slo:sli_error:ratio_rate5m)", 0),
        ("70m", 'count(ALERTS{alertname="SeakeepProbesStale", location="there"})', 1),
    ]
    assert complaints(tmp_path, rules_of(objective()), series, expected) == ""


def test_a_run_from_the_far_future_is_as_stale_as_one_long_past(tmp_path: Path) -> None:
    series = pushed("availability", good="0x20", bad="9x20", run_at="9000000x20")
    expected = [("10m", "max(slo:sli_error:ratio_rate5m)", None)]
    assert complaints(tmp_path, rules_of(objective()), series, expected) == ""


def test_what_a_run_pushes_is_what_the_rules_ask_for(tmp_path: Path) -> None:
    events = (ObjectiveEvents(objective="availability", good=57, bad=3),)
    report = replace(
        run_report(10),
        events=events,
        platform_name="school",
        ended_at=datetime.fromtimestamp(0, UTC),
    )
    series = {}
    for group in metric_groups(report):
        for sample in group.samples:
            labels = {**group.key, **sample.labels}
            text = ", ".join(f'{key}="{value}"' for key, value in labels.items())
            series[f"{sample.family}{{{text}}}"] = f"{float(sample.value):g}x20"
    expected = [("10m", "max(slo:sli_error:ratio_rate5m)", 0.05)]
    assert complaints(tmp_path, rules_of(objective()), series, expected) == ""


def test_a_young_history_has_spent_no_more_of_the_budget_than_it_could(tmp_path: Path) -> None:
    day = RollingWindow(DAY_S)
    series = pushed("availability", good="0x200", bad="9x200", run_at="0+60x200")
    expected = [
        ("0m", "max(slo:period_error_budget_remaining:ratio)", 1),
        # 72 of 1440 minutes at burn rate 10 are half of the budget.
        ("72m", "max(slo:period_error_budget_remaining:ratio)", 0.5),
        ("144m", "max(slo:period_error_budget_remaining:ratio)", 0),
    ]
    assert complaints(tmp_path, rules_of(objective(0.9, window=day)), series, expected) == ""


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    target=st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.9, 0.95, 0.999, 0.99999]),
    period_s=st.floats(60, 400 * DAY_S) | st.sampled_from([HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S]),
    indicator=st.sampled_from([PROBES, LOAD, PrometheusRatio(total="a", good='a{b!="c"}')]),
)
def test_for_any_target_and_period_the_rules_are_sound_or_left_out_with_the_reason(
    target: float, period_s: float, indicator: Indicator
) -> None:
    generated = generate(
        "school", [objective(target, indicator, window=RollingWindow(round(period_s, 3)))]
    )
    reasons = ("it could never fire", "longer than the period", "promises nothing")
    assert all(line.endswith(reasons) or "longer than" in line for line in generated.left_out)
    with tempfile.TemporaryDirectory() as folder:
        rules, tests = write(generated, Path(folder))
        assert promtool("check", "rules", rules) == ""
        assert promtool("test", "rules", tests) == ""
