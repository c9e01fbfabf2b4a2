"""Rules as records, and as the YAML that Prometheus reads.

The format: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import yaml

from seakeep.slo.objective import Operator
from seakeep.slo.rules.expressions import duration

__all__ = [
    "INTERVAL_S",
    "AlertRule",
    "Burns",
    "RecordingRule",
    "RuleGroup",
    "rules_yaml",
    "to_yaml",
]

INTERVAL_S = 60.0
"""How often the rules are evaluated, in seconds; sums over time count one sample each."""


@dataclass(frozen=True, slots=True)
class RecordingRule:
    """A series that Prometheus computes and stores.

    Attributes:
        record: The series' name.
        expr: What it is computed by.
        labels: The labels it gets.
    """

    record: str
    expr: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Burns:
    """When an alert on error ratios fires: they compare so with a limit, in each of its windows."""

    operator: Operator
    error_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """An alert.

    Attributes:
        alert: Its name.
        expr: It fires for each series that this gives.
        labels: The labels it gets.
        annotations: What it tells a person; Go templates.
        for_s: How long it must hold before it fires, in seconds.
        burns: When it fires, where it is one on error ratios.
    """

    alert: str
    expr: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    for_s: float = 0.0
    burns: Burns | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """Rules that are evaluated one after the other: later ones see what earlier ones gave."""

    name: str
    rules: tuple[RecordingRule | AlertRule, ...]


def rules_yaml(groups: Iterable[RuleGroup]) -> str:
    """Return the groups as a rule file."""
    body = [
        {
            "name": group.name,
            "interval": duration(INTERVAL_S),
            "rules": [_rule(rule) for rule in group.rules],
        }
        for group in groups
    ]
    return to_yaml({"groups": body})


def to_yaml(value: object) -> str:
    """Return plain values as YAML in their own order, long texts in one piece."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, width=100_000, allow_unicode=True)
    return text


def _rule(rule: RecordingRule | AlertRule) -> dict[str, object]:
    if isinstance(rule, RecordingRule):
        return {"record": rule.record, "expr": rule.expr, "labels": dict(rule.labels)}
    waits = {"for": duration(rule.for_s)} if rule.for_s else {}
    return {
        "alert": rule.alert,
        "expr": rule.expr,
        **waits,
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key, texts of several lines stand as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
