"""What stands in a file of objectives becomes what it means."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from seakeep.observation import Kind
from seakeep.slo.objective import (
    Budgeting,
    Goodness,
    ObservedRatio,
    Operator,
    PrometheusRatio,
    PrometheusRaw,
    PrometheusThreshold,
    Selector,
    Threshold,
)
from seakeep.slo.window import CalendarWindow, RollingWindow
from tests.slo.openslo_files import (
    OBSERVED,
    QUERIED,
    document,
    objectives_of,
    problems_of,
    slo,
    threshold,
)

CONDITION = """\
severity: page
condition: {kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
"""


def test_an_indicator_by_reference_is_that_of_its_sli(tmp_path: Path) -> None:
    (objective,) = objectives_of(
        tmp_path, slo("indicatorRef: good-checks"), document("SLI", "good-checks", OBSERVED)
    )
    assert objective.indicator == ObservedRatio(
        events=Selector(kinds=(Kind.PROBE,)), good=Goodness()
    )
    assert objective.place.endswith("slos.yaml:2")


def test_a_list_of_objects_is_read_like_documents_of_their_own(tmp_path: Path) -> None:
    one, two = slo(name="one")[4:], slo(name="two")[4:]
    items = "".join("- " + text.strip().replace("\n", "\n  ") + "\n" for text in (one, two))
    assert [objective.name for objective in objectives_of(tmp_path, items)] == ["one", "two"]
    (problem,) = problems_of(tmp_path, items.replace("kind: probe", "kind: prob", 1))
    assert problem.key.startswith("[0].spec.indicator.spec.ratioMetric.total")


def test_good_or_bad_queries_over_all(tmp_path: Path) -> None:
    good, bad = objectives_of(
        tmp_path,
        slo(QUERIED, name="good"),
        slo(QUERIED.replace("good", "bad").replace("query: hits}", "promql: hits}"), name="bad"),
    )
    assert good.indicator == PrometheusRatio(total="hits", good='hits{code="200"}', counter=True)
    assert bad.indicator == PrometheusRatio(total="hits", bad='hits{code="200"}', counter=True)


def test_values_that_are_counts_need_no_window(tmp_path: Path) -> None:
    text = QUERIED.replace("counter: true", "counter: false").replace("hits}}", "count(up)}}")
    (objective,) = objectives_of(tmp_path, slo(text))
    assert isinstance(objective.indicator, PrometheusRatio)
    assert not objective.indicator.counter


def test_a_raw_ratio_says_whether_it_is_of_success_or_failure(tmp_path: Path) -> None:
    source = "{metricSource: {type: Prometheus, spec: {query: r}}}"
    raw = f"ratioMetric:\n  rawType: failure\n  raw: {source}\n"
    (objective,) = objectives_of(tmp_path, slo(raw))
    assert objective.indicator == PrometheusRaw(query="r", raw_type="failure")


@pytest.mark.parametrize("word", list(Operator))
def test_a_query_may_be_compared_with_every_operator(tmp_path: Path, word: Operator) -> None:
    (objective,) = objectives_of(
        tmp_path,
        slo(
            threshold("{query: lag}", "prometheus"),
            objectives=f"[{{op: {word}, value: -3, target: 0.9}}]",
        ),
    )
    assert objective.indicator == PrometheusThreshold(query="lag", operator=word, value=-3.0)


@pytest.mark.parametrize("word", list(Operator))
def test_so_may_a_duration_and_an_attribute_of_observations(tmp_path: Path, word: Operator) -> None:
    compared = f"[{{op: {word}, value: 0.5, target: 0.95}}]"
    slow, vital = objectives_of(
        tmp_path,
        slo(threshold("{kind: load, value: duration, outcome: good}"), objectives=compared),
        slo(threshold("{kind: journey, attribute: lcp_ms}"), name="lcp", objectives=compared),
    )
    assert slow.indicator == ObservedRatio(
        events=Selector(kinds=(Kind.LOAD,)),
        good=Goodness(needs_good_outcome=True, threshold=Threshold(operator=word, value=0.5)),
    )
    assert vital.indicator == ObservedRatio(
        events=Selector(kinds=(Kind.JOURNEY,), has_attribute="lcp_ms"),
        good=Goodness(
            needs_good_outcome=False,
            threshold=Threshold(operator=word, value=0.5, attribute="lcp_ms"),
        ),
    )


def test_bad_observations_and_limits_from_both_sides(tmp_path: Path) -> None:
    bad = OBSERVED.replace("good: {", "bad: {").replace("outcome: good", "outcome: bad")
    between = OBSERVED.replace("outcome: good", "attribute: score, minValue: 1, maxValue: 5")
    failed, within = objectives_of(tmp_path, slo(bad, name="bad"), slo(between, name="between"))
    assert isinstance(failed.indicator, ObservedRatio)
    assert failed.indicator.good == Goodness()
    assert isinstance(within.indicator, ObservedRatio)
    assert within.indicator.good == Goodness(
        needs_good_outcome=False,
        attribute="score",
        max_value=5.0,
        threshold=Threshold(operator=Operator.GREATER_OR_EQUAL, value=1.0, attribute="score"),
    )


@pytest.mark.parametrize(
    "details", ["{url: 'http://127.0.0.1:9090/'}", "[{url: 'http://127.0.0.1:9090/'}]"]
)
def test_a_data_source_gives_type_and_address(tmp_path: Path, details: str) -> None:
    text = QUERIED.replace("type: Prometheus", "metricSourceRef: main")
    source = document("DataSource", "main", f"type: Prometheus\nconnectionDetails: {details}\n")
    (objective,) = objectives_of(tmp_path, slo(text), source)
    assert isinstance(objective.indicator, PrometheusRatio)
    assert objective.indicator.address == "http://127.0.0.1:9090"


@pytest.mark.parametrize(
    ("duration", "count", "unit"),
    [
        ("10d", 10, "day"),
        ("2w", 14, "day"),
        ("1M", 1, "month"),
        ("1Q", 3, "month"),
        ("2Y", 24, "month"),
    ],
)
def test_a_calendar_window_has_a_start_and_a_zone(
    tmp_path: Path, duration: str, count: int, unit: str
) -> None:
    calendar = "calendar: {startTime: 2026-01-05 06:30:00, timeZone: America/New_York}"
    (objective,) = objectives_of(tmp_path, slo(window=f"{{duration: {duration}, {calendar}}}"))
    start = datetime(2026, 1, 5, 6, 30)  # noqa: DTZ001 - a time of the wall clock
    zone = ZoneInfo("America/New_York")
    assert objective.window == CalendarWindow(
        start, zone, count, "day" if unit == "day" else "month"
    )


def test_a_calendar_may_begin_with_a_mere_date_or_a_text(tmp_path: Path) -> None:
    texts = [
        slo(window=f"{{duration: 1M, calendar: {{startTime: {start}, timeZone: UTC}}}}", name=name)
        for name, start in (("date", "2026-01-01"), ("text", "'2026-01-01 00:00:00'"))
    ]
    one, two = objectives_of(tmp_path, *texts)
    assert one.window == two.window


def test_time_slices_are_in_minutes_or_a_duration(tmp_path: Path) -> None:
    occurrences, slices, ratios = objectives_of(
        tmp_path,
        slo(name="a"),
        slo(
            name="b",
            method="Timeslices",
            objectives="[{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5}]",
        ),
        slo(
            name="c", method="RatioTimeslices", objectives="[{target: 0.99, timeSliceWindow: 30s}]"
        ),
    )
    assert occurrences.budgeting == Budgeting()
    assert slices.budgeting == Budgeting(method="Timeslices", slice_s=300.0, slice_target=0.95)
    assert ratios.budgeting == Budgeting(method="RatioTimeslices", slice_s=30.0)
    assert ratios.window == RollingWindow(30 * 86400.0)


def test_each_of_several_objectives_has_a_name_that_does_not_depend_on_the_others(
    tmp_path: Path,
) -> None:
    named = "{displayName: Our own Goal!, target: 0.999}"
    unnamed = "{op: gte, targetPercent: 99.5}"
    first = objectives_of(tmp_path, slo(objectives=f"[{named}, {unnamed}]"))
    assert [(o.name, o.target) for o in first] == [
        ("speed-our-own-goal", 0.999),
        ("speed-99-5", 0.995),
    ]
    assert [o.display_name for o in first] == ["speed: Our own Goal!", "speed: 0.995"]
    second = objectives_of(tmp_path, slo(objectives=f"[{unnamed}, {{target: 0.9}}, {named}]"))
    assert {o.name for o in first} <= {o.name for o in second}


def test_percent_are_exactly_a_hundredth(tmp_path: Path) -> None:
    (objective,) = objectives_of(tmp_path, slo(objectives="[{targetPercent: 99.9}]"))
    assert objective.target == 0.999


@pytest.mark.parametrize(
    "target", ["target: 0", "target: 1", "targetPercent: 0", "targetPercent: 100"]
)
def test_none_and_all_are_targets_too(tmp_path: Path, target: str) -> None:
    (objective,) = objectives_of(tmp_path, slo(objectives=f"[{{{target}}}]"))
    assert objective.target in {0.0, 1.0}


INLINE_POLICY = """\
alertPolicies:
  - kind: AlertPolicy
    metadata: {name: burns}
    spec:
      alertWhenResolved: true
      conditions:
        - kind: AlertCondition
          metadata: {name: fast}
          spec:
            severity: page
            condition: {kind: burnrate, op: gte, threshold: 2, lookbackWindow: 1h, alertAfter: 5m}
      notificationTargets:
        - kind: AlertNotificationTarget
          metadata: {name: on-call}
          spec: {target: email}
"""


@pytest.mark.parametrize("reference", ["{alertPolicyRef: burns}", "burns"])
def test_alert_policies_by_reference_are_those_written_inline(
    tmp_path: Path, reference: str
) -> None:
    policy = """\
        alertWhenResolved: true
        conditions: [{conditionRef: fast}]
        notificationTargets: [{targetRef: on-call}]
        """
    (inline,) = objectives_of(tmp_path, slo(more=INLINE_POLICY))
    (referred,) = objectives_of(
        tmp_path,
        slo(more=f"alertPolicies: [{reference}]\n"),
        document("AlertPolicy", "burns", policy),
        document("AlertCondition", "fast", CONDITION),
        document("AlertNotificationTarget", "on-call", "target: email\n"),
    )
    assert inline.alert_policies == referred.alert_policies
    (found,) = inline.alert_policies
    (condition,) = found.conditions
    assert (found.name, found.severity, found.notification_targets) == (
        "burns",
        "page",
        ("on-call",),
    )
    assert (condition.operator, condition.threshold) == (Operator.GREATER_OR_EQUAL, 2.0)
    assert (condition.lookback_s, condition.alert_after_s) == (3600.0, 300.0)
    assert found.alert_when_breaching
    assert found.alert_when_resolved


def test_an_alert_may_come_at_once_and_above_its_threshold_when_nothing_else_is_said(
    tmp_path: Path,
) -> None:
    text = INLINE_POLICY.replace("op: gte, ", "").replace("alertAfter: 5m", "alertAfter: 0m")
    (objective,) = objectives_of(tmp_path, slo(more=text))
    (condition,) = objective.alert_policies[0].conditions
    assert (condition.operator, condition.alert_after_s) == (Operator.GREATER, 0.0)


def test_all_problems_of_all_documents_are_told_at_once_in_their_order(tmp_path: Path) -> None:
    problems = problems_of(
        tmp_path,
        slo("indicatorRef: nothing", window="{duration: 1M, isRolling: true}", method="Slices"),
        slo(name="other", objectives="[{target: 2}]").replace("kind: probe", "kind: prob"),
        document("SLI", "odd", "thresholdMetric: {metricSource: {type: Redshift, spec: {}}}\n"),
    )
    assert [problem.key for problem in problems] == [
        "spec.indicatorRef",
        "spec.timeWindow[0].duration",
        "spec.budgetingMethod",
        "spec.indicator.spec.ratioMetric.total.metricSource.spec.kind",
        "spec.objectives[0].target",
        "spec.thresholdMetric.metricSource.type",
    ]
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
