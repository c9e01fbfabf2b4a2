"""The error ratio of an indicator in PromQL.

There are two ways to an error ratio over a window. Counters are asked for it: bad over all, each
as `increase` over the window. Everything else is a value of the moment - what the latest run saw,
whether a sample is above its threshold - so the bad and the valid events of the moment are recorded
at every evaluation, and summed over the window. The second way also serves for windows so long
that asking counters would cost too much; there the moment is the last five minutes.
"""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.slo.objective import (
    Objective,
    ObservedRatio,
    PrometheusRatio,
    PrometheusRaw,
    PrometheusThreshold,
)
from seakeep.slo.promql import has_window, increase_over, selector, with_window
from seakeep.slo.rules.expressions import COMPARISON, duration, metric, number
from seakeep.slo.rules.subject import Subject

__all__ = ["MOMENT_S", "Events", "error_ratio_over", "events_now"]

MOMENT_S = 300.0
"""The window that counters are sampled over, in seconds: the shortest one of the workbook."""


@dataclass(frozen=True, slots=True)
class Events:
    """Two expressions without labels: how many events were bad, and how many there were.

    Attributes:
        bad: The bad ones; 0 rather than absent when all were good.
        valid: All.
    """

    bad: str
    valid: str


def events_now(subject: Subject) -> Events:
    """Return the events of this moment.

    Raises:
        ValueError: A query can't be put over a window; the text says what is wanted.
    """
    match subject.objective.indicator:
        case ObservedRatio():
            return _pushed(subject)
        case PrometheusRatio() as ratio:
            return _counted(ratio, None if _is_momentary(ratio) else MOMENT_S)
        case PrometheusRaw() as raw:
            error = (
                f"({_raw_error(raw, MOMENT_S)}) >= -Inf"  # NaN, where nothing was, compares false
            )
            return Events(bad=f"sum({error})", valid=f"count({error})")
        case PrometheusThreshold() as threshold:
            return _compared(threshold)


def error_ratio_over(objective: Objective, window_s: float) -> str | None:
    """Return the error ratio over a window as the queries themselves give it.

    ``None`` when they can't, and the events of each moment must be summed up.

    Raises:
        ValueError: A query can't be put over a window; the text says what is wanted.
    """
    match objective.indicator:
        case PrometheusRatio() as ratio if not _is_momentary(ratio):
            events = _counted(ratio, window_s)
            return f"({events.bad})\n/\n({events.valid})"
        case PrometheusRaw() as raw if has_window(raw.query):
            return f"avg({_raw_error(raw, window_s)})"
    return None


def _pushed(subject: Subject) -> Events:
    """What the latest run of each location saw, as long as it is not too old.

    A Pushgateway shows the last push for ever. The age may be negative where clocks differ; a time
    far ahead is as useless as one long past.
    """
    key = {"platform": subject.platform, "objective": subject.objective.name}
    run_at = metric(
        "seakeep_last_run_timestamp_seconds",
        {"platform": subject.platform, "suite": "objectives", "objective": subject.objective.name},
    )
    fresh = f"and on (location) (abs(time() - {run_at}) <= {number(subject.stale_after_s)})"
    bad = metric("seakeep_slo_events", {**key, "outcome": "bad"})
    valid = metric("seakeep_slo_events", key)
    return Events(bad=f"sum({bad}\n{fresh})", valid=f"sum({valid}\n{fresh})")


def _counted(ratio: PrometheusRatio, window_s: float | None) -> Events:
    total = _count(ratio, ratio.total, window_s)
    if ratio.bad is not None:
        return Events(bad=_part(ratio, ratio.bad, total, window_s), valid=total)
    good = _part(ratio, ratio.good or "", total, window_s)
    return Events(bad=f"{total}\n-\n({good})", valid=total)


def _is_momentary(ratio: PrometheusRatio) -> bool:
    """Whether its queries give numbers of the moment, which no range can be put around."""
    queries = (ratio.total, ratio.bad if ratio.bad is not None else ratio.good or "")
    return not ratio.counter and any(not has_window(q) and selector(q) is None for q in queries)


def _count(ratio: PrometheusRatio, query: str, window_s: float | None) -> str:
    if ratio.counter:
        counted = increase_over(query, window_s or MOMENT_S)
        return counted if selector(query) else f"sum({counted})"
    if has_window(query):
        return f"sum({with_window(query, window_s or MOMENT_S)})"
    found = selector(query)
    if found is not None and window_s is not None:
        return f"sum(sum_over_time({found.text}[{duration(window_s)}]))"
    return f"sum({query})"


def _part(ratio: PrometheusRatio, query: str, total: str, window_s: float | None) -> str:
    """The bad (or good) events of all.

    A counter of errors may be missing until the first one: that is none. Its metric must be known
    with these labels, though; under a name that is spelt wrong nothing would ever be bad.
    """
    part = _count(ratio, query, window_s)
    found = selector(query)
    if found is None or not found.name or has_window(query):
        return part
    labels = ", ".join(f'{label}!=""' for label in found.labels)
    over = duration(window_s or MOMENT_S)
    known = f"count(count_over_time({found.name}{{{labels}}}[{over}]))"
    return f"{part}\nor\n(0 * {total} and {known})"


def _raw_error(raw: PrometheusRaw, window_s: float) -> str:
    query = with_window(raw.query, window_s)
    return query if raw.raw_type == "failure" else f"1 - ({query})"


def _compared(threshold: PrometheusThreshold) -> Events:
    value = f"(({with_window(threshold.query, MOMENT_S)}) >= -Inf)"  # without NaN
    good = f"sum({value} {COMPARISON[threshold.operator]} bool {number(threshold.value)})"
    return Events(bad=f"count({value})\n-\n{good}", valid=f"count({value})")
