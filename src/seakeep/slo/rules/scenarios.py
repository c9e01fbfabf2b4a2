"""What happens in the tests of the rules, and which alerts are to fire then.

Time is short in them: windows look at what there is, so that nothing needs days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from seakeep.slo.rules.platform_rules import PlatformRules
from seakeep.slo.rules.rule_file import INTERVAL_S, AlertRule
from seakeep.slo.rules.scenario_inputs import (
    LOCATION,
    InputSeries,
    exact,
    recorded_ratios,
    run_at,
    slow_ratio,
    spent_budgets,
    with_error_ratio,
)

__all__ = ["Scenario", "scenarios"]

_SETTLED_S = 2 * INTERVAL_S
_SLACK_S = INTERVAL_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A test group: what goes in, and which alerts are to fire at its end.

    Attributes:
        name: What happens.
        inputs: The series, one sample per interval.
        asked: The alerts looked at, once all had time to fire.
        fires: The value with which an alert fires, or ``None``.
        also: Further labels of each series that an alert fires for.
    """

    name: str
    inputs: tuple[InputSeries, ...]
    asked: tuple[AlertRule, ...]
    fires: Callable[[AlertRule], float | None]
    also: tuple[Mapping[str, str], ...] = ({},)

    @property
    def at_s(self) -> float:
        """Return when the alerts are looked at, in seconds."""
        return max([_SETTLED_S, *(alert.for_s for alert in self.asked)]) + _SLACK_S


def scenarios(rules: PlatformRules) -> Iterator[Scenario]:
    """Yield what shows each alert of a platform to fire, and to be silent without cause."""
    alerts = tuple(alert for each in rules.subjects for alert in each.alerts)
    found = (
        _all_is_well(rules, alerts),
        *_burning(rules, tuple(alert for alert in alerts if alert.burns is not None)),
        *_budgets(rules, tuple(a for a in alerts if a.alert == "SeakeepBudgetNearlyGone")),
        _nothing_is_measured(tuple(a for a in alerts if a.alert == "SeakeepNoEvents")),
        *_stale(rules),
    )
    yield from (scenario for scenario in found if scenario.asked)


def _all_is_well(rules: PlatformRules, alerts: tuple[AlertRule, ...]) -> Scenario:
    return Scenario(
        name="all is well",
        inputs=tuple(with_error_ratio(rules, 0.0)),
        asked=(*alerts, rules.stale) if rules.stale else alerts,
        fires=lambda alert: _value(alert, 0.0),  # a policy may tell of a low burn rate
    )


def _burning(rules: PlatformRules, asked: tuple[AlertRule, ...]) -> Iterator[Scenario]:
    yield Scenario(
        name="an outage: every event is bad",
        inputs=tuple(with_error_ratio(rules, 1.0)),
        asked=asked,
        fires=lambda alert: _value(alert, 1.0),
    )
    ratios = {each.subject.objective.name: slow_ratio(each) for each in rules.subjects}
    inputs = (recorded_ratios(each, ratios[each.subject.objective.name]) for each in rules.subjects)
    yield Scenario(
        name="a slow burn: only what looks at low burn rates fires",
        inputs=tuple(series for each in inputs for series in each),
        asked=asked,
        fires=lambda alert: _value(alert, ratios[alert.labels["objective"]]),
    )


def _budgets(rules: PlatformRules, asked: tuple[AlertRule, ...]) -> Iterator[Scenario]:
    budgets = {each.subject.objective.name: each.subject.budget for each in rules.subjects}

    def left(alert: AlertRule) -> float:
        budget = budgets[alert.labels["objective"]]
        return 1.0 - exact(0.95 * budget) / budget

    yield Scenario(
        name="a twentieth of the budget is left",
        inputs=tuple(spent_budgets(rules, 0.95)),
        asked=asked,
        fires=left,
    )
    yield Scenario(
        name="a fifth of the budget is left",
        inputs=tuple(spent_budgets(rules, 0.8)),
        asked=asked,
        fires=lambda _: None,
    )


def _nothing_is_measured(asked: tuple[AlertRule, ...]) -> Scenario:
    return Scenario(name="nothing is measured", inputs=(), asked=asked, fires=lambda _: 1.0)


def _stale(rules: PlatformRules) -> Iterator[Scenario]:
    if rules.stale is None:
        return
    probed = [each.subject for each in rules.subjects if each.subject.is_probed]
    key = {"suite": "objectives"}
    yield Scenario(
        name="nothing was ever pushed",
        inputs=(),
        asked=(rules.stale,),
        fires=lambda _: 1.0,
        also=(key,),
    )
    yield Scenario(
        name="the probes have stopped",
        inputs=tuple(run_at(subject, 0.0, -2 * rules.stale_after_s) for subject in probed),
        asked=(rules.stale,),
        fires=lambda _: 1.0,
        also=tuple(
            {**key, "location": LOCATION, "objective": subject.objective.name} for subject in probed
        ),
    )


def _value(alert: AlertRule, error_ratio: float) -> float | None:
    burns = alert.burns
    fires = burns is not None and burns.operator.holds(error_ratio, burns.error_ratio)
    return error_ratio if fires else None
