"""The alerts of an objective: the workbook's and Pathfinity's by default, or its own policies'.

Pathfinity's thresholds: critical when less than a tenth of the budget is left, warning above burn
rate 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from seakeep.slo.objective import Operator
from seakeep.slo.rules.about import VALUE, about
from seakeep.slo.rules.burn_windows import WORKBOOK, BurnWindows, Severity
from seakeep.slo.rules.expressions import duration, number
from seakeep.slo.rules.recording import error_series
from seakeep.slo.rules.rule_file import AlertRule, Burns
from seakeep.slo.rules.subject import Subject

__all__ = ["LeftOut", "default_alerts", "why_never"]

_LEAST_BUDGET = 0.1
_HIGH_BURN_RATE = 2.0
_HIGH_BURN = (
    BurnWindows(Severity.WARNING, 21_600.0, 1_800.0, 0.0),
    BurnWindows(Severity.WARNING, 3_600.0, 300.0, 0.0),
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An alert that is not generated, and why."""

    objective: str
    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.objective}: {self.what} is left out: {self.why}"


def why_never(operator: Operator, burn_rate: float, budget: float) -> str:
    """Return why no error ratio, 0 to 1, compares so with a burn rate; nothing when one does."""
    limit = round(burn_rate * budget, 12)
    product = f"{number(burn_rate)} x {number(budget)} = {number(limit)}"
    match operator:
        case Operator.GREATER if limit >= 1.0:
            return f"{product}, and an error ratio above that does not exist: it could never fire"
        case Operator.GREATER_OR_EQUAL if limit > 1.0:
            return f"{product}, and an error ratio is 1 at most: it could never fire"
        case Operator.LESS if limit <= 0.0:
            return f"{product}, and an error ratio below that does not exist: it could never fire"
        case Operator.LESS_OR_EQUAL if limit < 0.0:
            return f"{product}, and an error ratio is 0 at least: it could never fire"
    return ""


def default_alerts(subject: Subject) -> Iterator[AlertRule | LeftOut]:
    """Yield the alerts of an objective that names no policies, and those that make no sense."""
    if subject.budget == 0.0:
        yield _any_error(subject)
        return
    if subject.budget == 1.0:
        yield LeftOut(
            subject.objective.name, "every burn-rate alert", "a target of 0 promises nothing"
        )
        return
    for pair in WORKBOOK:
        yield _burning(subject, pair)
    yield _high_burn_rate(subject)
    yield _little_left(subject)


def _burning(subject: Subject, pair: BurnWindows) -> AlertRule | LeftOut:
    """One pair of the workbook's windows."""
    factor = pair.factor(subject.period_s)
    what = (
        f"the pair {duration(pair.long_s)}/{duration(pair.short_s)} at burn rate {number(factor)}"
    )
    if pair.long_s > subject.period_s:
        why = f"its window is longer than the period of {duration(subject.period_s)}"
        return LeftOut(subject.objective.name, what, why)
    if why := why_never(Operator.GREATER, factor, subject.budget):
        return LeftOut(subject.objective.name, what, why)
    spent = min(1.0, factor * pair.long_s / subject.period_s)
    told = f"At this burn rate {duration(pair.long_s)} spend {spent:.1%} of the budget of "
    return _burn_alert(
        subject,
        "SeakeepBudgetBurn",
        replace(pair, severity=pair.severity_for(subject.period_s)),
        factor,
        f"{told}{duration(subject.period_s)}.",
    )


def _high_burn_rate(subject: Subject) -> AlertRule | LeftOut:
    what = f"the warning above burn rate {number(_HIGH_BURN_RATE)}"
    pair = next((pair for pair in _HIGH_BURN if pair.long_s <= subject.period_s), None)
    if pair is None:
        why = f"its window is longer than the period of {duration(subject.period_s)}"
        return LeftOut(subject.objective.name, what, why)
    if why := why_never(Operator.GREATER, _HIGH_BURN_RATE, subject.budget):
        return LeftOut(subject.objective.name, what, why)
    told = f"At burn rate {number(_HIGH_BURN_RATE)} the budget lasts half of its period."
    return _burn_alert(subject, "SeakeepBurnRateHigh", pair, _HIGH_BURN_RATE, told)


def _burn_alert(
    subject: Subject, name: str, pair: BurnWindows, factor: float, told: str
) -> AlertRule:
    over = duration(pair.long_s)
    budget = number(subject.budget * 100)
    rule = AlertRule(
        alert=name,
        expr=_both(subject, pair, f"> {number(factor)} * {number(subject.budget)}"),
        labels=_labels(pair),
        annotations={
            "summary": f"burns its error budget more than {number(factor)} times too fast",
            "description": f"{VALUE} of the events of {over} were bad; {budget}% may be. {told}",
        },
        burns=Burns(Operator.GREATER, factor * subject.budget),
    )
    return about(subject, rule)


def _any_error(subject: Subject) -> AlertRule:
    """The one alert of a target of 100%: there every burn rate is infinite, or none."""
    page, period_s = WORKBOOK[0], subject.period_s
    pair = replace(page, long_s=min(page.long_s, period_s), short_s=min(page.short_s, period_s))
    rule = AlertRule(
        alert="SeakeepBudgetBurn",
        expr=_both(subject, pair, "> 0"),
        labels=_labels(pair),
        annotations={
            "summary": "had bad events, and may have none",
            "description": f"{VALUE} of the events of {duration(pair.long_s)} were bad. "
            "A target of 100% has no error budget.",
        },
        burns=Burns(Operator.GREATER, 0.0),
    )
    return about(subject, rule)


def _little_left(subject: Subject) -> AlertRule:
    left = subject.series("slo:period_error_budget_remaining:ratio")
    rule = AlertRule(
        alert="SeakeepBudgetNearlyGone",
        expr=f"{left} < {number(_LEAST_BUDGET)}",
        labels={"severity": Severity.CRITICAL.value},
        annotations={
            "summary": "has nearly used up its error budget",
            "description": f"{VALUE} of the error budget of {duration(subject.period_s)} is left; "
            "below 0% the objective is missed.",
        },
    )
    return about(subject, rule)


def _both(subject: Subject, pair: BurnWindows, limit: str) -> str:
    """The long window first: its error ratio is the alert's value."""
    long, short = (subject.series(error_series(s)) for s in (pair.long_s, pair.short_s))
    return f"{long} {limit}\nand\n{short} {limit}"


def _labels(pair: BurnWindows) -> dict[str, str]:
    return {
        "severity": pair.severity.value,
        "long_window": duration(pair.long_s),
        "short_window": duration(pair.short_s),
    }
