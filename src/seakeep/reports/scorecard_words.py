"""What a scorecard says of each experiment, in words and as data."""

from __future__ import annotations

import math
from datetime import datetime

from seakeep.plain import one_line
from seakeep.reports.experiment_run import ExperimentRun
from seakeep.reports.scorecard import RECENT, Scorecard, ScorecardRow
from seakeep.reports.wording import percent, seconds, span
from seakeep.slo.trend import Change, Shift

__all__ = ["ago", "budget_told", "correction_told", "scorecard_json", "trend_json", "trend_told"]

_WEEK = f"the last {RECENT.days} days"


def trend_told(trend: Shift) -> str:
    """Return whether recovery got slower, how sure that is, or what it takes to tell."""
    if trend.change is Change.TOO_FEW:
        return _too_few(trend)
    became = f"{_median(trend.early_median)} -> {_median(trend.late_median)}"
    p_value = f"p = {_p(trend.p_value or 0.0)}".replace("= <", "<")
    if trend.change is Change.UNPROVEN:
        return f"no change of recovery proven: {became} ({p_value})"
    word = "slower" if trend.change is Change.ROSE else "faster"
    by = "" if trend.by is None else f"by {seconds(abs(trend.by))}, "
    return f"recovery {word} in {_WEEK} than before: {became} ({by}{p_value})"


def correction_told(card: Scorecard) -> str:
    """Return how p-values were corrected; empty where only one experiment was compared."""
    if card.compared <= 1:
        return ""
    return f"as {card.compared} experiments were compared, each p is corrected for that (Holm)"


def ago(run: ExperimentRun, now: datetime) -> str:
    """Return how long ago a run began."""
    return f"{span(max(1.0, (now - run.at).total_seconds()))} ago"


def scorecard_json(row: ScorecardRow, card: Scorecard) -> dict[str, object]:
    """Return a row for programs: units in the keys; what is not known is ``None``."""
    return {
        "experiment": row.experiment,
        "since": card.since,
        "until": card.until,
        "runs": {
            state: row.states.get(state, 0)
            for state in ("held", "deviated", "refused", "failed", "skipped")
        },
        "not_recovered": row.not_recovered,
        "last": None if row.last is None else _last(row.last),
        "detect_p50_s": row.detect_p50_s,
        "recover_p50_s": row.recover_p50_s,
        "worst_error_ratio": row.worst_error_ratio,
        "worst_duration_s": row.worst_duration_s,
        "budget_spent": dict(row.budget_spent),
        "trend": trend_json(row.trend),
    }


def trend_json(trend: Shift) -> dict[str, object]:
    """Return a trend for programs."""
    return {
        "change": trend.change,
        "early_runs": trend.early,
        "late_runs": trend.late,
        "early_p50_s": trend.early_median,
        "late_p50_s": trend.late_median,
        "slower_by_s": trend.by,
        "p_value": trend.p_value,
        "runs_missing": trend.more,
        "summary": trend_told(trend),
    }


def _last(run: ExperimentRun) -> dict[str, object]:
    return {
        "at": run.at,
        "run_id": run.run_id,
        "state": run.state,
        "cause": run.cause,
        "message": run.message,
        "recover_s": run.recover_s,
    }


def _too_few(trend: Shift) -> str:
    if not trend.early and not trend.late:
        return "no recovery measured yet"
    if not trend.early:
        return f"recovery not compared: none was measured before {_WEEK}"
    measured = f"{trend.late} of {_WEEK} and {trend.early} before"
    return f"recovery not compared: {measured} are too few, it takes {trend.more} more"


def _median(value: float | None) -> str:
    if value is None:
        return "unknown"
    return seconds(value) if math.isfinite(value) else "not at all"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.1g}" if value < 0.1 else f"{value:.2g}"


def budget_told(row: ScorecardRow) -> str:
    """Return the objective that a row's runs cost most, and how much of its error budget."""
    for objective, spent in row.budget_spent.items():
        return f"{percent(spent)} of {one_line(objective, 60)}"
    return ""
