"""The run in a page of GitHub-flavoured Markdown, made for a CI job's summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from seakeep.load_summary import RequestSummary, arrivals_told, unfitness_told
from seakeep.reports.check_summary import CheckSummary
from seakeep.reports.digest import Digest, digest
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.experiment_words import budget_words, phase_words
from seakeep.reports.run_record import RunReport
from seakeep.reports.scorecard import Scorecard, ScorecardRow
from seakeep.reports.scorecard_words import budget_told, trend_told
from seakeep.reports.wording import count, instant, percent, rate, seconds, span
from seakeep.slo.verdict import Verdict

__all__ = ["render_summary"]

_MAX_ROWS = 20
"""Rows of a list; a job summary is for a glance, and may hold 1 MiB."""

_MARKS = {
    "held": "✅", "met": "✅", "passed": "✅", "good": "✅",
    "invalid": "⚠️",
    "breached": "❌", "no_data": "❌", "deviated": "❌", "failed": "❌", "bad": "❌",
    "not_recovered": "🚨", "tool_failed": "⚠️",
}  # fmt: skip

_EXPERIMENT_HEADS = (
    "Experiment", "State", "Fault", "Detected in", "Removed in", "Recovered in", "Worst errors",
    "Slowest", "Why",
)  # fmt: skip
_PERCENTILES = ("p50", "p95", "p99", "p99.9", "Max")

_ACTIVE = re.compile(r"([\\`*_\[\]#|~<>&$])")


def render_summary(report: RunReport | Digest) -> str:
    """Return the run as Markdown."""
    told = digest(report) if isinstance(report, RunReport) else report
    return "\n".join(_lines(told)) + "\n"


def _lines(told: Digest) -> Iterator[str]:
    run = told.run
    yield f"## {_mark(told.overall.state)} {_text(told.overall.words)}"
    yield ""
    yield (
        f"**{_text(run.platform_title)}** ({_text(run.environment)}), {instant(run.started_at)}, "
        f"for {span(run.duration_s)}; run {_text(run.run_id)}, seen from {_text(run.location)}"
    )
    if unfit := unfitness_told(told.loaded.generator):
        yield from ("", f"> {_mark('invalid')} {_text(unfit[0].upper() + unfit[1:])}.")
    yield from _table(
        "Objectives",
        ("Objective", "State", "Target", "Measured", "95% bounds", "Budget left", "Why"),
        [_verdict(verdict) for verdict in run.verdicts],
    )
    bad = [check for check in (*told.checks, *told.journeys) if check.last_bad]
    yield from _table(
        "Failed checks and journeys", ("Name", "Bad", "Cause", "Message"), [_bad(c) for c in bad]
    )
    found = [(check.name, "; ".join(check.last.findings)) for check in told.checks]
    yield from _table(
        "Found, and no failure", ("Name", "Finding"), [row for row in found if row[1]]
    )
    yield from _load(told)
    yield from _table(
        "Chaos",
        _EXPERIMENT_HEADS,
        [_experiment(experiment) for experiment in told.experiments],
    )
    yield from _table(
        "Chaos: objectives",
        ("Experiment", "Objective", "Before", "During", "After", "Error budget"),
        [row for experiment in told.experiments for row in _objectives(experiment)],
    )
    yield from _scorecard(told.run.scorecard)
    yield from _end(told)


def _verdict(verdict: Verdict) -> tuple[str, ...]:
    measured = verdict.estimate is not None
    settle = verdict.events_to_settle
    more = f" (about {count(settle)} more events would settle it)" if settle else ""
    return (
        verdict.display_name,
        f"{_mark(verdict.state)} {verdict.state.replace('_', ' ')}",
        percent(verdict.target),
        "no events" if verdict.estimate is None else percent(verdict.estimate),
        f"{percent(verdict.lower)} … {percent(verdict.upper)}" if measured else "",
        "" if verdict.budget_left is None else percent(verdict.budget_left),
        verdict.reason + more,
    )


def _bad(check: CheckSummary) -> tuple[str, ...]:
    seen = check.last_bad or check.last
    return (check.name, f"{check.counts.bad} of {check.counts.valid}", seen.cause, seen.message)


def _load(told: Digest) -> Iterator[str]:
    loaded = told.loaded
    more = (loaded.total,) if len(loaded.requests) > 1 else ()
    heads = ("Request", "Count", "Rate", "Errors", *_PERCENTILES, "Service p99", "Causes")
    rows = [_request(each) for each in (*more, *loaded.requests)]
    yield from _table("Load", heads, rows)
    if loaded.arrivals.due:
        yield from ("", _text(arrivals_told(loaded.arrivals)) + ".")


def _request(request: RequestSummary) -> tuple[str, ...]:
    took = request.response
    share = request.error_share
    return (
        request.name,
        count(request.valid),
        rate(request.rate_per_s),
        f"{count(request.bad)} ({percent(share)})" if share else "0",
        *(
            "" if value is None else seconds(value)
            for value in (took.p50_s, took.p95_s, took.p99_s, took.p999_s, took.max_s)
        ),
        "" if request.service.p99_s is None else seconds(request.service.p99_s),
        _causes(request.causes),
    )


def _causes(causes: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{number} x {cause}" for cause, number in causes)


def _experiment(experiment: ExperimentSummary) -> tuple[str, ...]:
    ratio = experiment.worst_error_ratio
    return (
        experiment.name,
        f"{_mark(experiment.ending)} {experiment.words}",
        experiment.fault,
        _took(experiment.detect_s),
        _took(experiment.removed_s),
        _took(experiment.recover_s),
        "" if ratio is None else percent(ratio),
        _took(experiment.worst_duration_s),
        ": ".join(part for part in (experiment.cause, experiment.message) if part),
    )


def _objectives(experiment: ExperimentSummary) -> Iterator[tuple[str, ...]]:
    for impact in experiment.objectives:
        phases = (impact.before, impact.during, impact.after)
        told = (phase_words(phase) for phase in phases)
        yield (experiment.name, impact.objective, *told, budget_words(impact))


def _scorecard(card: Scorecard | None) -> Iterator[str]:
    if card is None:
        return
    rows = [(row.experiment, *_history(row), trend_told(row.trend)) for row in card.rows]
    heads = ("Experiment", "Runs", "Last", "Detected in", "Recovered in", "Budget spent", "Trend")
    period = span((card.until - card.since).total_seconds())
    yield from _table(f"Chaos: the last {period}", heads, rows)


def _history(row: ScorecardRow) -> Iterator[str]:
    runs = ", ".join(f"{number} {state}" for state, number in row.states.items())
    yield runs or "none"
    yield "never" if row.last is None else f"{_mark(row.last.ending)} {row.last.words}"
    yield _took(row.detect_p50_s)
    yield _took(row.recover_p50_s)
    yield budget_told(row)


def _took(duration_s: float | None) -> str:
    return "" if duration_s is None else seconds(duration_s)


def _end(told: Digest) -> Iterator[str]:
    if told.run.steps:
        steps = (
            f"{_mark(step.state)} {_text(step.name)} {step.state} in {seconds(step.duration_s)}"
            for step in told.run.steps
        )
        yield from ("", "Steps: " + ", ".join(steps))
    for each in told.unfit:
        yield ""
        causes = _text(_causes(each.causes))
        yield f"Invalid, as the observer was unfit: {count(each.count)} of {each.kind} ({causes})"
    push = told.run.push
    if push is not None:
        yield ""
        took = f"{push.groups} groups in {seconds(push.duration_s)}"
        yield f"Metrics pushed: {took}" if push.ok else f"Push failed: {_text(push.error)}"


def _table(title: str, heads: Sequence[str], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"### {title}", "")
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    for row in rows[:_MAX_ROWS]:
        yield "| " + " | ".join(_text(cell) for cell in row) + " |"
    if len(rows) > _MAX_ROWS:
        yield from ("", f"… and {len(rows) - _MAX_ROWS} more, in result.json")


def _mark(state: str) -> str:
    return _MARKS.get(state, "❔")


def _text(text: str) -> str:
    """Return text that renders as itself: no markup, no link, no line of its own."""
    one_line = " ".join(text.split())
    cut = one_line if len(one_line) <= 300 else one_line[:299] + "…"
    escaped = _ACTIVE.sub(r"\\\1", cut)
    # GitHub makes links of bare addresses and names, whatever is escaped around them.
    return escaped.replace("://", "&#58;//").replace("www.", "www&#46;").replace("@", "&#64;")
