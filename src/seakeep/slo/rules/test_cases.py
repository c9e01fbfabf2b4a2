"""Tests of a platform's rules for `promtool test rules`: each alert fires, and is silent without.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/. Time is short in
them: nothing needs days, since windows look at what there is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from seakeep.slo.objective import ObservedRatio
from seakeep.slo.rules.expressions import duration, metric, number
from seakeep.slo.rules.platform_rules import PlatformRules, SubjectRules
from seakeep.slo.rules.recording import SINCE, error_series
from seakeep.slo.rules.rule_file import INTERVAL_S, AlertRule, to_yaml
from seakeep.slo.rules.subject import Subject

__all__ = ["tests_yaml"]

_SETTLED_S = 120.0
_SLACK_S = 60.0
_LOCATION = "here"


@dataclass(frozen=True, slots=True)
class _Series:
    """An input: a series, its first value, and by how much each next one is more."""

    series: str
    value: float
    growth: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scenario:
    """A test group: what goes in, and which alerts are to fire at its end.

    Attributes:
        name: What happens.
        inputs: The series, one sample per interval.
        at_s: When the alerts are looked at, in seconds.
        asked: The alerts looked at.
        fires: The value with which an alert fires, or ``None``.
        also: Further labels of the series that an alert fires for.
    """

    name: str
    inputs: tuple[_Series, ...]
    at_s: float
    asked: tuple[AlertRule, ...]
    fires: Callable[[AlertRule], float | None]
    also: tuple[Mapping[str, str], ...] = ({},)


def tests_yaml(rules: PlatformRules, rule_file: str) -> str:
    """Return the tests of a platform's rules as YAML.

    Args:
        rules: The rules.
        rule_file: The name of the file that holds them, beside that of the tests.
    """
    return to_yaml(
        {
            "rule_files": [rule_file],
            "evaluation_interval": duration(INTERVAL_S),
            "tests": [_group(scenario) for scenario in _scenarios(rules)],
        }
    )


def _scenarios(rules: PlatformRules) -> Iterator[_Scenario]:
    alerts = tuple(alert for each in rules.subjects for alert in each.alerts)
    burning = tuple(alert for alert in alerts if alert.burns is not None)
    everything = (*alerts, *((rules.stale,) if rules.stale else ()))
    silent_s = max([_SETTLED_S, *(alert.for_s for alert in everything)]) + _SLACK_S
    if not everything:
        return
    yield _Scenario(
        name="all is well",
        inputs=tuple(_well_or_not(rules, 0.0)),
        at_s=silent_s,
        asked=everything,
        # A policy may want to know of a low burn rate.
        fires=lambda alert: _value(alert, 0.0),
    )
    settled_s = max([_SETTLED_S, *(alert.for_s for alert in burning)]) + _SLACK_S
    if burning:
        yield _Scenario(
            name="an outage: every event is bad",
            inputs=tuple(_well_or_not(rules, 1.0)),
            at_s=settled_s,
            asked=burning,
            fires=lambda alert: _value(alert, 1.0),
        )
        slow = {each.subject.objective.name: _slow(each) for each in rules.subjects}
        yield _Scenario(
            name="a slow burn: only what looks at low burn rates fires",
            inputs=tuple(s for each in rules.subjects for s in _ratios(each, slow[_name(each)])),
            at_s=settled_s,
            asked=burning,
            fires=lambda alert: _value(alert, slow[alert.labels["objective"]]),
        )
    yield from _budgets(rules, alerts)
    yield from _absences(rules, alerts)


def _budgets(rules: PlatformRules, alerts: Iterable[AlertRule]) -> Iterator[_Scenario]:
    budgets = {each.subject.objective.name: each.subject.budget for each in rules.subjects}
    asked = tuple(alert for alert in alerts if alert.alert == "SeakeepBudgetNearlyGone")
    for name, share, below in (
        ("a budget of which a twentieth is left", 0.95, True),
        ("a budget of which a fifth is left", 0.8, False),
    ):
        if asked:
            yield _Scenario(
                name=name,
                inputs=tuple(_spent(rules, share)),
                at_s=_SETTLED_S,
                asked=asked,
                fires=lambda alert, share=share, below=below: (  # type: ignore[misc]
                    1.0
                    - _exact(share * budgets[alert.labels["objective"]])
                    / budgets[alert.labels["objective"]]
                    if below
                    else None
                ),
            )


def _absences(rules: PlatformRules, alerts: Iterable[AlertRule]) -> Iterator[_Scenario]:
    silent = tuple(alert for alert in alerts if alert.alert == "SeakeepNoEvents")
    longest_s = max((alert.for_s for alert in silent), default=0.0) + _SLACK_S
    if silent:
        yield _Scenario(
            name="nothing is measured",
            inputs=(),
            at_s=longest_s,
            asked=silent,
            fires=lambda _: 1.0,
        )
    if rules.stale is None:
        return
    waited_s = rules.stale.for_s + _SLACK_S
    probed = [each.subject for each in rules.subjects if each.subject.is_probed]
    nowhere = {"suite": "objectives"}
    yield _Scenario(
        name="nothing was ever pushed",
        inputs=(),
        at_s=waited_s,
        asked=(rules.stale,),
        fires=lambda _: 1.0,
        also=(nowhere,),
    )
    yield _Scenario(
        name="the probes have stopped",
        inputs=tuple(_run_at(subject, 0.0, -2 * rules.stale_after_s) for subject in probed),
        at_s=waited_s,
        asked=(rules.stale,),
        fires=lambda _: 1.0,
        also=tuple(
            {**nowhere, "location": _LOCATION, "objective": subject.objective.name}
            for subject in probed
        ),
    )


def _well_or_not(rules: PlatformRules, bad: float) -> Iterator[_Series]:
    """Inputs for all objectives: what is pushed, or, of queries, the ratios recorded of them."""
    for each in rules.subjects:
        if isinstance(each.subject.objective.indicator, ObservedRatio):
            yield from _pushed(each.subject, bad)
        else:
            yield from _ratios(each, bad)


def _pushed(subject: Subject, bad: float) -> Iterator[_Series]:
    key = _group_key(subject)
    for outcome, share in (("good", 1.0 - bad), ("bad", bad)):
        series = metric("seakeep_slo_events", {**key, "outcome": outcome})
        yield _Series(series, 60 * share)
    yield _run_at(subject, INTERVAL_S)


def _run_at(subject: Subject, growth: float, began: float = 0.0) -> _Series:
    series = metric("seakeep_last_run_timestamp_seconds", _group_key(subject))
    return _Series(series, began, growth)


def _group_key(subject: Subject) -> Mapping[str, str]:
    name = subject.objective.name
    key = {"platform": subject.platform, "suite": "objectives", "location": _LOCATION}
    return {**key, "objective": name}


def _ratios(rules: SubjectRules, error_ratio: float) -> Iterator[_Series]:
    """The error ratios themselves: as nothing else goes in, the rules don't record them."""
    for rule in rules.recordings:
        if rule.record.startswith("slo:sli_error:"):
            yield _Series(metric(rule.record, rule.labels), error_ratio)


def _spent(rules: PlatformRules, share: float) -> Iterator[_Series]:
    """Rules that have run for a whole period, in which a share of the budget was spent."""
    for each in rules.subjects:
        subject = each.subject
        series = metric(error_series(subject.period_s), subject.labels)
        yield _Series(series, _exact(share * subject.budget))
        yield _Series(metric(SINCE, subject.labels), -subject.period_s)


def _slow(rules: SubjectRules) -> float:
    """An error ratio between the lowest limit of an objective's alerts and the next one."""
    limits = {alert.burns.error_ratio for alert in rules.alerts if alert.burns is not None}
    lowest = sorted(limits | {1.0})
    if len(lowest) < 2 or lowest[0] <= 0.0:
        return _exact(lowest[0] / 2)
    return _exact(math.sqrt(lowest[0] * lowest[1]))


def _exact(value: float) -> float:
    """Return the value as it reads in the file."""
    return float(number(value))


def _name(rules: SubjectRules) -> str:
    return rules.subject.objective.name


def _value(alert: AlertRule, error_ratio: float) -> float | None:
    burns = alert.burns
    fires = burns is not None and burns.operator.holds(error_ratio, burns.error_ratio)
    return error_ratio if fires else None


def _group(scenario: _Scenario) -> dict[str, object]:
    count = math.ceil(scenario.at_s / INTERVAL_S) + 1
    names = dict.fromkeys(alert.alert for alert in scenario.asked)
    return {
        "name": scenario.name,
        "interval": duration(INTERVAL_S),
        "input_series": [
            {
                "series": each.series,
                "values": f"{number(each.value)}{'+' if each.growth >= 0 else '-'}"
                f"{number(abs(each.growth))}x{count}",
            }
            for each in scenario.inputs
        ],
        "alert_rule_test": [_expected(scenario, name) for name in names],
    }


def _expected(scenario: _Scenario, name: str) -> dict[str, object]:
    fired = [
        {"exp_labels": {**alert.labels, **also}, "exp_annotations": _told(alert, also, value)}
        for alert in scenario.asked
        if alert.alert == name and (value := scenario.fires(alert)) is not None
        for also in scenario.also
    ]
    at = duration(math.ceil(scenario.at_s / INTERVAL_S) * INTERVAL_S)
    return {"eval_time": at, "alertname": name, "exp_alerts": fired}


def _told(alert: AlertRule, also: Mapping[str, str], value: float) -> dict[str, str]:
    """The annotations with the templates filled in: ``$value``, and ``with $labels.x``."""
    labels = {**alert.labels, **also}

    def label(match: re.Match[str]) -> str:
        found = labels.get(match["name"], "")
        return match["text"].replace("{{ . }}", found) if found else ""

    filled: dict[str, str] = {}
    for key, text in alert.annotations.items():
        told = text.replace("{{ $value | humanizePercentage }}", f"{value * 100:.4g}%")
        filled[key] = _WITH.sub(label, told)
    return filled


_WITH = re.compile(r"\{\{ with \$labels\.(?P<name>\w+) \}\}(?P<text>.*?)\{\{ end \}\}")
