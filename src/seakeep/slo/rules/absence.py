"""The alerts on what is not known: no events, and no runs."""

from __future__ import annotations

from seakeep.slo.objective import ObservedRatio
from seakeep.slo.rules.about import about, runbook
from seakeep.slo.rules.burn_windows import Severity
from seakeep.slo.rules.expressions import duration, metric, number
from seakeep.slo.rules.recording import error_series
from seakeep.slo.rules.rule_file import AlertRule
from seakeep.slo.rules.subject import Subject

__all__ = ["no_events_alert", "stale_alert"]

_NO_EVENTS_S = 86_400.0
_NO_EVENTS_FOR_S = 300.0
_STALE_FOR_S = 300.0


def no_events_alert(subject: Subject) -> AlertRule | None:
    """Return the alert on an objective that nothing is known of; ``None`` where that is usual.

    Load and experiments run when someone wants them to, so that a day without is no news.
    """
    if isinstance(subject.objective.indicator, ObservedRatio) and not subject.is_probed:
        return None
    over_s = min(subject.period_s, _NO_EVENTS_S)
    rule = AlertRule(
        alert="SeakeepNoEvents",
        expr=f"absent({subject.series(error_series(over_s))} >= 0)",  # NaN is no ratio either
        for_s=_NO_EVENTS_FOR_S,
        labels={"severity": Severity.WARNING.value},
        annotations={
            "summary": f"had no events for {duration(over_s)}",
            "description": "Nothing can be said of it, and none of its other alerts can fire. "
            "Its source may be down, or its queries may name series that do not exist.",
        },
    )
    return about(subject, rule)


def stale_alert(platform: str, objectives: tuple[str, ...], stale_after_s: float) -> AlertRule:
    """Return the alert on runs that have stopped.

    Args:
        platform: The platform's name.
        objectives: The objectives whose events are pushed all the time.
        stale_after_s: The age at which what was pushed no longer counts, in seconds.
    """
    run_at = metric(
        "seakeep_last_run_timestamp_seconds",
        {"platform": platform, "suite": "objectives"},
        among={"objective": "|".join(objectives)},
    )
    return AlertRule(
        alert="SeakeepProbesStale",
        expr=f"abs(time() - {run_at}) > {number(stale_after_s)}\nor\nabsent({run_at})",
        for_s=_STALE_FOR_S,
        labels={"severity": Severity.WARNING.value, "platform": platform},
        annotations={
            "summary": f"{platform}: no run for {duration(stale_after_s)}"
            "{{ with $labels.objective }} with events of {{ . }}{{ end }}"
            "{{ with $labels.location }} from {{ . }}{{ end }}",
            "description": "What was pushed last is too old to count, so that nothing is known "
            "of the platform, and no alert on its probes can fire.",
            "runbook": runbook("SeakeepProbesStale"),
        },
    )
