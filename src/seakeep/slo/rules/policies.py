"""The alerts of an objective's own policies: OpenSLO's burn-rate conditions, each on one window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from seakeep.errors import Problem
from seakeep.slo.alert_policy import AlertPolicy, BurnRateCondition
from seakeep.slo.rules.about import VALUE, about
from seakeep.slo.rules.alerting import why_never
from seakeep.slo.rules.burn_windows import Severity
from seakeep.slo.rules.expressions import COMPARISON, duration, number
from seakeep.slo.rules.recording import error_series
from seakeep.slo.rules.rule_file import AlertRule, Burns
from seakeep.slo.rules.subject import Subject

__all__ = ["lookbacks_s", "policy_alerts", "wants_no_events_alert"]

_SEVERITIES = {"page": Severity.CRITICAL, "critical": Severity.CRITICAL}


def lookbacks_s(subject: Subject) -> frozenset[float]:
    """Return the windows that the policies' conditions look back over, in seconds."""
    policies = subject.objective.alert_policies
    return frozenset(c.lookback_s for policy in policies for c in policy.conditions)


def wants_no_events_alert(subject: Subject) -> bool:
    """Return whether any policy wants people to be told when there is nothing to judge by."""
    return any(policy.alert_when_no_data for policy in subject.objective.alert_policies)


def policy_alerts(subject: Subject) -> Iterator[AlertRule | Problem]:
    """Yield the alerts of the policies, and a problem for each that could never fire."""
    for policy in subject.objective.alert_policies:
        if policy.alert_when_breaching:
            for condition in policy.conditions:
                yield _alert(subject, policy, condition)


def _alert(
    subject: Subject, policy: AlertPolicy, condition: BurnRateCondition
) -> AlertRule | Problem:
    budget, threshold = subject.budget, condition.threshold
    if why := why_never(condition.operator, threshold, budget):
        found = f"{condition.operator.value} {number(threshold)}, which is {why}"
        key = f"alertPolicies: {policy.name}"
        return problem(subject, key, found, "a burn rate that an error ratio can reach")
    comparison, over = COMPARISON[condition.operator], duration(condition.lookback_s)
    ratio = subject.series(error_series(condition.lookback_s))
    labels = {"severity": _severity(condition).value, "policy": policy.name}
    labels |= {"condition": condition.name} if condition.name else {}
    labels |= {"long_window": over}
    if policy.notification_targets:
        labels["notify"] = ",".join(policy.notification_targets)
    budget_percent = number(budget * 100)
    told = " ".join(filter(None, (policy.description, condition.description))).replace("{{", "{ {")
    rule = AlertRule(
        alert="SeakeepBurnRatePolicy",
        expr=f"{ratio} {comparison} {number(threshold)} * {number(budget)}",
        for_s=condition.alert_after_s,
        labels=labels,
        annotations={
            "summary": f"has a burn rate {comparison} {number(threshold)} over {over}",
            "description": f"{VALUE} of the events of {over} were bad; {budget_percent}% may be. "
            f"{told}".strip(),
        },
        burns=Burns(condition.operator, threshold * budget),
    )
    return about(subject, rule)


def problem(subject: Subject, key: str, found: str, wanted: str) -> Problem:
    """Return a problem at the place where the objective stands."""
    file, _, line = subject.objective.place.rpartition(":")
    return Problem(
        Path(file or subject.objective.place),
        int(line) if line.isdigit() else 0,
        key,
        found,
        wanted,
    )


def _severity(condition: BurnRateCondition) -> Severity:
    return _SEVERITIES.get(condition.severity.lower(), Severity.WARNING)
