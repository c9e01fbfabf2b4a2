"""Which rules objectives make."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml

from seakeep.errors import ConfigError
from seakeep.slo.alert_policy import AlertPolicy, BurnRateCondition
from seakeep.slo.objective import Objective, Operator, PrometheusRatio
from seakeep.slo.rules.burn_windows import WORKBOOK, Severity
from seakeep.slo.rules.expressions import duration
from seakeep.slo.rules.files import Generated, differing, generate, write
from seakeep.slo.rules.platform_rules import PlatformRules, platform_rules
from seakeep.slo.window import CalendarWindow, RollingWindow

from .rule_tests import DAY_S, HOUR_S, LOAD, objective


def made(*objectives: Objective) -> PlatformRules:
    return platform_rules("school", objectives)


def alerts(rules: PlatformRules) -> dict[tuple[str, str], str]:
    """Return the alerts' severities by name and long window."""
    found = [alert for each in rules.subjects for alert in each.alerts]
    return {(a.alert, a.labels.get("long_window", "")): a.labels["severity"] for a in found}


def expression(rules: PlatformRules, name: str) -> str:
    every = [alert for each in rules.subjects for alert in each.alerts]
    return next(alert.expr for alert in every if alert.alert == name)


def series(rules: PlatformRules) -> list[str]:
    return [rule.record for each in rules.subjects for rule in each.recordings]


def test_for_thirty_days_the_burn_rates_are_those_of_the_workbook() -> None:
    assert [pair.factor(30 * DAY_S) for pair in WORKBOOK] == [14.4, 6, 3, 1]
    assert alerts(made(objective())) == {
        ("SeakeepBudgetBurn", "1h"): "critical",
        ("SeakeepBudgetBurn", "6h"): "critical",
        ("SeakeepBudgetBurn", "1d"): "warning",
        ("SeakeepBudgetBurn", "3d"): "warning",
        ("SeakeepBurnRateHigh", "6h"): "warning",
        ("SeakeepBudgetNearlyGone", ""): "critical",
        ("SeakeepNoEvents", ""): "warning",
    }


@pytest.mark.parametrize(
    ("days", "factors"),
    [(28, [13.44, 5.6, 2.8, 1]), (7, [3.36, 1.4, 1, 1]), (90, [43.2, 18, 9, 3]), (1, [1, 1, 1, 1])],
)
def test_for_other_periods_the_share_of_the_budget_stays_but_no_kept_promise_alerts(
    days: int, factors: list[float]
) -> None:
    assert [pair.factor(days * DAY_S) for pair in WORKBOOK] == factors


def test_a_page_whose_burn_rate_had_to_be_raised_is_a_ticket() -> None:
    assert WORKBOOK[0].severity_for(DAY_S) is Severity.WARNING
    assert WORKBOOK[0].severity_for(7 * DAY_S) is Severity.CRITICAL


def test_series_have_the_names_that_sloth_gives_them() -> None:
    names = [name for name in series(made(objective())) if name.startswith("slo:")]
    windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"]
    assert names[:8] == [f"slo:sli_error:ratio_rate{window}" for window in windows]
    assert names[8:] == [
        "slo:objective:ratio",
        "slo:error_budget:ratio",
        "slo:time_period:days",
        "slo:current_burn_rate:ratio",
        "slo:period_burn_rate:ratio",
        "slo:period_error_budget_remaining:ratio",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(300, "5m"), (5400, "1h30m"), (7 * DAY_S, "1w"), (30 * DAY_S, "30d"), (28 * DAY_S, "4w"),
     (DAY_S, "1d"), (365 * DAY_S, "1y"), (0.25, "250ms"), (90 * DAY_S, "90d")],
)  # fmt: skip
def test_durations_read_as_prometheus_prints_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_burn_rate_that_nothing_can_reach_is_left_out_with_the_reason() -> None:
    rules = made(objective(0.9))
    assert ("SeakeepBudgetBurn", "1h") not in alerts(rules)
    assert ("SeakeepBudgetBurn", "6h") in alerts(rules)
    (left_out,) = map(str, rules.left_out)
    assert left_out.startswith("availability: the pair 1h/5m at burn rate 14.4 is left out: ")
    assert "14.4 x 0.1 = 1.44, and an error ratio above that does not exist" in left_out
    head = generate("school", [objective(0.9)]).files[0][1].split("groups:")[0]
    assert "# availability: the pair 1h/5m at burn rate 14.4 is left out" in head


def test_with_a_target_of_100_percent_any_error_alerts_and_nothing_is_divided_by_zero() -> None:
    rules = made(objective(1.0))
    assert set(alerts(rules)) == {("SeakeepBudgetBurn", "1h"), ("SeakeepNoEvents", "")}
    assert "> 0\n" in expression(rules, "SeakeepBudgetBurn")
    assert not any("burn_rate" in name or "remaining" in name for name in series(rules))


def test_a_target_of_0_promises_nothing_and_alerts_on_nothing() -> None:
    rules = made(objective(0.0))
    assert set(alerts(rules)) == {("SeakeepNoEvents", "")}
    assert "promises nothing" in str(rules.left_out[0])


def test_a_budget_too_small_for_the_digits_of_a_rule_is_none() -> None:
    nearly = 1 - 1e-13
    assert alerts(made(objective(nearly))) == alerts(made(objective(1.0)))
    assert series(made(objective(nearly))) == series(made(objective(1.0)))
    assert alerts(made(objective(1e-13))) == alerts(made(objective(0.0)))


def test_no_alert_looks_back_further_than_the_period() -> None:
    rules = made(objective(0.99, window=RollingWindow(2 * HOUR_S)))
    assert [window for _, window in alerts(rules) if window] == ["1h", "1h"]
    assert [name for name in series(rules) if "ratio_rate" in name][-1].endswith("rate2h")
    assert len(rules.left_out) == 3


def test_a_calendar_month_is_alerted_on_as_30_days() -> None:
    month = CalendarWindow(
        datetime.fromisoformat("2026-01-01"), ZoneInfo("Europe/Berlin"), 1, "month"
    )
    assert "slo:sli_error:ratio_rate30d" in series(made(objective(window=month)))


def test_load_that_runs_now_and_then_is_not_missed() -> None:
    rules = made(objective(indicator=LOAD))
    assert ("SeakeepNoEvents", "") not in alerts(rules)
    assert rules.stale is None


def burn_rate(threshold: float, operator: Operator = Operator.GREATER) -> BurnRateCondition:
    return BurnRateCondition(
        name="fast", operator=operator, threshold=threshold, lookback_s=2700.0,
        alert_after_s=300.0, severity="page",
    )  # fmt: skip


def test_policies_of_its_own_replace_the_default_alerts() -> None:
    policy = AlertPolicy(
        name="page-us", conditions=(burn_rate(5),), notification_targets=("on-call",)
    )
    rules = made(objective(policies=(policy,)))
    (alert,) = rules.subjects[0].alerts
    assert (alert.alert, alert.for_s, alert.labels["severity"]) == (
        "SeakeepBurnRatePolicy", 300.0, "critical",
    )  # fmt: skip
    assert (alert.labels["policy"], alert.labels["notify"]) == ("page-us", "on-call")
    assert alert.expr.endswith("> 5 * 0.01")
    assert "slo:sli_error:ratio_rate45m" in series(rules)


def test_a_policy_says_itself_whether_it_tells_of_no_data_or_of_a_breach() -> None:
    policy = AlertPolicy(
        name="quiet", conditions=(burn_rate(5),), alert_when_breaching=False,
        alert_when_no_data=True,
    )  # fmt: skip
    assert set(alerts(made(objective(policies=(policy,))))) == {("SeakeepNoEvents", "")}


@pytest.mark.parametrize(
    ("operator", "threshold"),
    [(Operator.GREATER, 100.0), (Operator.GREATER_OR_EQUAL, 100.1), (Operator.LESS, 0.0),
     (Operator.LESS_OR_EQUAL, -1.0)],
)  # fmt: skip
def test_a_policy_that_could_never_fire_is_refused_where_the_objective_stands(
    operator: Operator, threshold: float
) -> None:
    policy = AlertPolicy(name="page-us", conditions=(burn_rate(threshold, operator),))
    with pytest.raises(ConfigError) as caught:
        made(objective(policies=(policy,)), objective(0.5, name="more", policies=(policy,)))
    assert len(caught.value.problems) >= 1
    told = str(caught.value)
    assert told.startswith("slos.yaml:7: alertPolicies: page-us: found ")
    assert "it could never fire" in told


@pytest.mark.parametrize("operator", [Operator.GREATER_OR_EQUAL, Operator.LESS_OR_EQUAL])
def test_a_limit_that_an_error_ratio_just_reaches_is_fine(operator: Operator) -> None:
    threshold = 100.0 if operator is Operator.GREATER_OR_EQUAL else 0.0
    policy = AlertPolicy(name="total", conditions=(burn_rate(threshold, operator),))
    assert len(made(objective(policies=(policy,))).subjects[0].alerts) == 1


def test_a_query_that_no_window_can_be_put_over_is_refused() -> None:
    ratio = PrometheusRatio(total="sum(a) + sum(b)", bad="c")
    with pytest.raises(ConfigError, match=r"slos\.yaml:7: query: found .*window"):
        made(objective(indicator=ratio))


def test_every_alert_says_what_where_and_how_bad_and_where_to_read_on() -> None:
    page = (Path(__file__).parents[2] / "docs/alerts.md").read_text().lower()
    text = generate("school", [objective(), objective(0.9, LOAD, name="load")]).files[0][1]
    found = [r for g in yaml.safe_load(text)["groups"] for r in g["rules"] if "alert" in r]
    assert len({rule["alert"] for rule in found}) == 5
    for rule in found:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["labels"]["platform"] == "school"
        assert set(rule["annotations"]) == {"summary", "description", "runbook"}
        anchor = rule["annotations"]["runbook"].partition("#")[2]
        assert f"\n### {anchor}" in page


def test_braces_in_a_description_are_no_template() -> None:
    described = objective(name="{{ boom")
    (rule, *_) = made(described).subjects[0].alerts
    assert "{{ boom" not in rule.annotations["summary"]


def test_what_differs_from_the_files_is_named(tmp_path: Path) -> None:
    generated: Generated = generate("school", [objective()])
    names = ("school.rules.yaml", "school.rules.test.yaml")
    assert differing(generated, tmp_path) == names
    write(generated, tmp_path)
    assert differing(generated, tmp_path) == ()
    assert differing(generate("school", [objective(0.98)]), tmp_path) == names
    assert generate("school", [objective()]) == generated
