"""The series that go into the tests of the rules: what is pushed, or is recorded of queries."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from seakeep.slo.objective import ObservedRatio
from seakeep.slo.rules.expressions import metric, number
from seakeep.slo.rules.platform_rules import PlatformRules, SubjectRules
from seakeep.slo.rules.recording import SINCE, error_series
from seakeep.slo.rules.rule_file import INTERVAL_S
from seakeep.slo.rules.subject import Subject

__all__ = [
    "LOCATION",
    "InputSeries",
    "exact",
    "recorded_ratios",
    "run_at",
    "slow_ratio",
    "spent_budgets",
    "with_error_ratio",
]

LOCATION = "here"
_EVENTS_PER_RUN = 60


@dataclass(frozen=True, slots=True)
class InputSeries:
    """A series: its first value, and by how much each next one, an interval later, is more."""

    series: str
    value: float
    growth: float = 0.0


def with_error_ratio(rules: PlatformRules, error_ratio: float) -> Iterator[InputSeries]:
    """Yield inputs of all objectives: what is pushed, or, of queries, the ratios recorded."""
    for each in rules.subjects:
        if isinstance(each.subject.objective.indicator, ObservedRatio):
            yield from _pushed(each.subject, error_ratio)
        else:
            yield from recorded_ratios(each, error_ratio)


def recorded_ratios(rules: SubjectRules, error_ratio: float) -> Iterator[InputSeries]:
    """Yield the error ratios themselves: as nothing else goes in, the rules don't record them."""
    for rule in rules.recordings:
        if rule.record.startswith("slo:sli_error:"):
            yield InputSeries(metric(rule.record, rule.labels), error_ratio)


def spent_budgets(rules: PlatformRules, share: float) -> Iterator[InputSeries]:
    """Yield rules that have run for a whole period, in which a share of the budget was spent."""
    for each in rules.subjects:
        subject = each.subject
        series = metric(error_series(subject.period_s), subject.labels)
        yield InputSeries(series, exact(share * subject.budget))
        yield InputSeries(metric(SINCE, subject.labels), -subject.period_s)


def run_at(subject: Subject, growth: float, began: float = 0.0) -> InputSeries:
    """Return when the latest run was; a growth of the interval is a run at each evaluation."""
    series = metric("seakeep_last_run_timestamp_seconds", _group_key(subject))
    return InputSeries(series, began, growth)


def slow_ratio(rules: SubjectRules) -> float:
    """Return an error ratio between the lowest limit of an objective's alerts and the next one."""
    limits = {alert.burns.error_ratio for alert in rules.alerts if alert.burns is not None}
    lowest = sorted(limits | {1.0})
    if len(lowest) < 2 or lowest[0] <= 0.0:
        return exact(lowest[0] / 2)
    return exact(math.sqrt(lowest[0] * lowest[1]))


def exact(value: float) -> float:
    """Return a value as it reads in the file."""
    return float(number(value))


def _pushed(subject: Subject, error_ratio: float) -> Iterator[InputSeries]:
    key = _group_key(subject)
    for outcome, share in (("good", 1.0 - error_ratio), ("bad", error_ratio)):
        series = metric("seakeep_slo_events", {**key, "outcome": outcome})
        yield InputSeries(series, _EVENTS_PER_RUN * share)
    yield run_at(subject, INTERVAL_S)


def _group_key(subject: Subject) -> Mapping[str, str]:
    name = subject.objective.name
    key = {"platform": subject.platform, "suite": "objectives", "location": LOCATION}
    return {**key, "objective": name}
