"""Tests of a platform's rules for `promtool test rules`: each alert fires, and is silent without.

https://prometheus.io/docs/prometheus/latest/configuration/unit_testing_rules/.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from seakeep.slo.rules.about import VALUE
from seakeep.slo.rules.expressions import duration, number
from seakeep.slo.rules.platform_rules import PlatformRules
from seakeep.slo.rules.rule_file import INTERVAL_S, AlertRule, to_yaml
from seakeep.slo.rules.scenario_inputs import InputSeries
from seakeep.slo.rules.scenarios import Scenario, scenarios

__all__ = ["tests_yaml"]

_WITH = re.compile(r"\{\{ with \$labels\.(?P<name>\w+) \}\}(?P<text>.*?)\{\{ end \}\}")


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
            "tests": [_group(scenario) for scenario in scenarios(rules)],
        }
    )


def _group(scenario: Scenario) -> dict[str, object]:
    steps = math.ceil(scenario.at_s / INTERVAL_S)
    at = duration(steps * INTERVAL_S)
    names = dict.fromkeys(alert.alert for alert in scenario.asked)
    return {
        "name": scenario.name,
        "interval": duration(INTERVAL_S),
        "input_series": [
            {"series": each.series, "values": _values(each, steps + 1)} for each in scenario.inputs
        ],
        "alert_rule_test": [
            {"eval_time": at, "alertname": name, "exp_alerts": _fired(scenario, name)}
            for name in names
        ],
    }


def _values(series: InputSeries, count: int) -> str:
    """In promtool's notation: ``60+0x10`` is 60 eleven times."""
    sign = "+" if series.growth >= 0 else "-"
    return f"{number(series.value)}{sign}{number(abs(series.growth))}x{count}"


def _fired(scenario: Scenario, name: str) -> list[dict[str, object]]:
    return [
        {"exp_labels": {**alert.labels, **also}, "exp_annotations": _told(alert, also, value)}
        for alert in scenario.asked
        if alert.alert == name and (value := scenario.fires(alert)) is not None
        for also in scenario.also
    ]


def _told(alert: AlertRule, also: Mapping[str, str], value: float) -> dict[str, str]:
    """The annotations as Prometheus fills them in: the value, and what stands ``with`` a label."""
    labels = {**alert.labels, **also}

    def with_label(match: re.Match[str]) -> str:
        found = labels.get(match["name"], "")
        return match["text"].replace("{{ . }}", found) if found else ""

    percent = f"{value * 100:.4g}%"  # humanizePercentage, template/template.go of Prometheus
    return {
        key: _WITH.sub(with_label, text.replace(VALUE, percent))
        for key, text in alert.annotations.items()
    }
