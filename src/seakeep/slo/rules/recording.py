"""The recorded series of an objective, under the names that Sloth's users know.

The names are those that https://github.com/slok/sloth writes; docs/alerts.md says where labels and
arithmetic differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seakeep.slo.rules.burn_windows import RECORDED_S
from seakeep.slo.rules.expressions import duration, number
from seakeep.slo.rules.indicator_queries import Events, error_ratio_over, events_now
from seakeep.slo.rules.rule_file import INTERVAL_S, RecordingRule
from seakeep.slo.rules.subject import Subject

__all__ = ["SINCE", "error_series", "recording_rules", "windows_s"]

SINCE = "seakeep:slo_since:timestamp_seconds"
"""The series that says since when, within the period, an objective's rules have run."""

_EVENTS = "seakeep:slo_events:moment"
_SLICES = "seakeep:slo_slices:moment"
_LONGEST_ASKED_S = max(RECORDED_S)
"""Counters are asked over windows up to this; above, their sampled increases are summed up."""

_DAY_S = 86_400.0


def error_series(window_s: float) -> str:
    """Return the name of the series of error ratios over a window."""
    return f"slo:sli_error:ratio_rate{duration(window_s)}"


def windows_s(subject: Subject, more: Iterable[float] = ()) -> tuple[float, ...]:
    """Return the windows that error ratios are recorded over, in seconds, ascending.

    The last is not always the period, as an alert policy may look back further.
    """
    within = {window_s for window_s in RECORDED_S if window_s < subject.period_s}
    return tuple(sorted({*within, subject.period_s, *more}))


def recording_rules(subject: Subject, more_windows: Iterable[float] = ()) -> list[RecordingRule]:
    """Return an objective's recording rules, in the order in which they need one another.

    Args:
        subject: The objective.
        more_windows: Further windows to record error ratios over, in seconds.

    Raises:
        ValueError: A query can't be put over a window; the text says what is wanted.
    """
    windows = windows_s(subject, more_windows)
    recorded = [*_samples(subject, windows), *_error_ratios(subject, windows)]
    return [*recorded, *_constants(subject), *_budget(subject)]


def _samples(subject: Subject, windows: tuple[float, ...]) -> Iterator[RecordingRule]:
    """The events of the moment, and the slices of time, where windows are summed up from them."""
    budgeting = subject.objective.budgeting
    sliced = budgeting.method != "Occurrences"
    asked = (_slice_s(subject),) if sliced else windows
    if any(_asked(subject, window_s) is None for window_s in asked):
        yield from _pair(subject, _EVENTS, events_now(subject))
    if sliced:
        yield from _pair(subject, _SLICES, _slices(subject))


def _asked(subject: Subject, window_s: float) -> str | None:
    """The error ratio over a window by the queries themselves, where that is possible and cheap."""
    if window_s > _LONGEST_ASKED_S:
        return None
    return error_ratio_over(subject.objective, window_s)


def _pair(subject: Subject, name: str, events: Events) -> Iterator[RecordingRule]:
    yield RecordingRule(name, events.bad, {**subject.labels, "outcome": "bad"})
    yield RecordingRule(name, events.valid, {**subject.labels, "outcome": "valid"})


def _slices(subject: Subject) -> Events:
    """The slice that ends now: bad or not for ``Timeslices``, as bad as it was else."""
    budgeting = subject.objective.budgeting
    slice_s = _slice_s(subject)
    error = _asked(subject, slice_s) or _summed_up(subject, _EVENTS, slice_s)
    known = f"(({error}) >= -Inf)"  # a slice without events is none
    if budgeting.slice_target is None:
        return Events(bad=f"sum({known})", valid=f"count({known})")
    most = number(1.0 - budgeting.slice_target)
    return Events(bad=f"sum({known} > bool {most})", valid=f"count({known})")


def _slice_s(subject: Subject) -> float:
    """The length of a slice: no shorter than the time between two evaluations."""
    return max(subject.objective.budgeting.slice_s, INTERVAL_S)


def _summed_up(subject: Subject, name: str, window_s: float) -> str:
    bad, valid = subject.series(name, outcome="bad"), subject.series(name, outcome="valid")
    over = duration(window_s)
    if window_s <= INTERVAL_S:  # a range so short would hold two samples, one at each end
        return f"{bad}\n/ ignoring (outcome)\n{valid}"
    return f"sum_over_time({bad}[{over}])\n/ ignoring (outcome)\nsum_over_time({valid}[{over}])"


def _error_ratios(subject: Subject, windows: tuple[float, ...]) -> Iterator[RecordingRule]:
    sliced = subject.objective.budgeting.method != "Occurrences"
    name = _SLICES if sliced else _EVENTS
    for window_s in windows:
        asked = None if sliced else _asked(subject, window_s)
        expr = asked or _summed_up(subject, name, window_s)
        yield RecordingRule(error_series(window_s), expr, subject.labels)


def _constants(subject: Subject) -> Iterator[RecordingRule]:
    days = number(subject.period_s / _DAY_S)
    target = number(subject.objective.target)
    labels = subject.labels
    yield RecordingRule("slo:objective:ratio", f"vector({target})", labels)
    yield RecordingRule("slo:error_budget:ratio", f"vector({number(subject.budget)})", labels)
    yield RecordingRule("slo:time_period:days", f"vector({days})", labels)
    info = {
        "display_name": subject.objective.display_name,
        "target": target,
        "period": duration(subject.period_s),
    }
    yield RecordingRule("seakeep_slo_info", "vector(1)", {**labels, **info})


def _budget(subject: Subject) -> Iterator[RecordingRule]:
    """Burn rates and what is left; without a budget (a target of 100%) there are none.

    As in `seakeep.slo.budget`: a history of a tenth of the period can spend, at burn rate 1, a
    tenth of the budget. The history is as old as the rules, which remember when they began.
    """
    if not 0.0 < subject.budget < 1.0:
        return
    labels, period = subject.labels, duration(subject.period_s)
    budget = subject.series("slo:error_budget:ratio")
    now, whole = subject.series(error_series(300.0)), subject.series(error_series(subject.period_s))
    if subject.period_s < 300.0:
        now = whole
    since, burned = subject.series(SINCE), subject.series("slo:period_burn_rate:ratio")
    yield RecordingRule("slo:current_burn_rate:ratio", f"{now}\n/\n{budget}", labels)
    yield RecordingRule("slo:period_burn_rate:ratio", f"{whole}\n/\n{budget}", labels)
    began = f"min(min_over_time({since}[{period}]))\nor\nvector(time())"
    yield RecordingRule(SINCE, began, labels)
    covered = f"clamp_max((time() - {since}) / {number(subject.period_s)}, 1)"
    left = f"1 - {burned} * {covered}"
    yield RecordingRule("slo:period_error_budget_remaining:ratio", left, labels)
