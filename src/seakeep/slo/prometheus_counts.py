"""Counts events by two queries: good or bad ones, and all.

A counter that was not reset is counted by its last value less its first, in whole numbers. Others
take ``increase``, which allows for resets and extrapolates to the window's edges, so that counts
are not whole: https://prometheus.io/docs/prometheus/latest/querying/functions/#increase.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from seakeep.slo.objective import PrometheusRatio
from seakeep.slo.prometheus_api import Point, Prometheus
from seakeep.slo.prometheus_grid import LOOK_BACK_S, Grid, Span, grid
from seakeep.slo.prometheus_slices import by_end, by_time, paired, slice_grid, slice_length_s
from seakeep.slo.promql import (
    Selector,
    has_window,
    increase_over,
    prometheus_duration,
    selector,
    with_window,
)
from seakeep.slo.slices import Slices
from seakeep.slo.verdict import Tally

__all__ = ["tally_ratio", "whole"]

_EXCESS = 0.05
"""How much more than all a part may be, since each series is extrapolated by itself."""

_ABSENT = "a number; where no series means none: 'sum(increase(...[{{.window}}])) or vector(0)'"


@dataclass(frozen=True, slots=True)
class _Asked:
    """A server, and the window that it is asked about."""

    server: Prometheus
    span: Span
    counter: bool


def tally_ratio(
    server: Prometheus, indicator: PrometheusRatio, span: Span, slice_s: float
) -> Tally:
    """Return the tally of two queries over a window.

    Raises:
        SourceError: A query gives no count, or the part is more than the whole.
    """
    asked = _Asked(server, span, indicator.counter)
    total = _count(asked, indicator.total)
    if not total:
        return Tally(good=0, bad=0)
    part_query = indicator.good if indicator.good is not None else indicator.bad or ""
    part = _count(asked, part_query)
    if part is None:
        part = _none_of(asked, part_query)
    if part > total * (1.0 + _EXCESS) + 1.0:
        found = f"{part:.6g} events, more than the {total:.6g} of {indicator.total!r},"
        raise server.problem(part_query, found, "a part of them")
    good_count, bad_count = whole(total, part if indicator.good is None else total - part)
    first_s, last_s = _extent(asked, indicator.total)
    return Tally(
        good=good_count,
        bad=bad_count,
        first_at=span.time(first_s),
        last_at=span.time(last_s),
        slices=_sliced(asked, indicator, total, slice_s),
    )


def whole(total: float, bad: float) -> tuple[int, int]:
    """Return whole numbers of good and bad events, as the exact interval needs them.

    Both the total and the bad are rounded to the nearest, but what is there never rounds away: a
    hundredth of a bad event is one.
    """
    valid = max(1, round(total)) if total > 0 else 0
    rounded = max(1, round(bad)) if bad >= 0.01 else 0
    bad_count = min(valid, rounded)
    return valid - bad_count, bad_count


def _count(asked: _Asked, query: str) -> float | None:
    """The events of a query in the window; ``None`` when there are no series at all."""
    expression = _over(asked, query, asked.span.window_s)
    if expression is None:
        points = _points(asked, query, grid(asked.span, query))
        counts = [_sound(asked, query, p.value) for p in points if not math.isnan(p.value)]
        return math.fsum(counts) if counts else None
    found = selector(query)
    if not asked.counter or found is None:
        return _single(asked, query, expression)
    count = _single(asked, query, _grown(found, asked.span.window_s))
    born = _born(asked, found)
    return None if count is None and not born else (count or 0.0) + born


def _grown(found: Selector, window_s: float) -> str:
    """The expression for how much counters grew, without extrapolation where they had no reset.

    What is extrapolated was never seen, and claims of a few scrapes would be surer than they are.
    """
    over = f"{found.text}[{prometheus_duration(window_s)}]"
    return (
        f"sum(((max_over_time({over}) - min_over_time({over})) and resets({over}) == 0)"
        f" or increase({over}))"
    )


def _over(asked: _Asked, query: str, window_s: float) -> str | None:
    """The expression for a query's events over a window.

    ``None`` where only its values at single times can be had, each the number of events then.
    """
    if asked.counter:
        try:
            return increase_over(query, window_s)
        except ValueError as error:
            raise asked.server.problem(query, "no counter over the window", str(error)) from None
    if has_window(query):
        return with_window(query, window_s)
    found = selector(query)
    window = prometheus_duration(window_s)
    return f"sum(sum_over_time({found.text}[{window}]))" if found is not None else None


def _sliced(
    asked: _Asked, indicator: PrometheusRatio, total: float, slice_s: float
) -> Slices | None:
    """The events by slices.

    ``None`` when they are only there to look for clusters, and too few samples lie in each.
    """
    length_s = slice_length_s(asked.span, slice_s)
    ends = slice_grid(asked.span, length_s)
    if ends is None:
        return Slices(length_s=length_s) if slice_s else None
    part_query = indicator.good if indicator.good is not None else indicator.bad or ""
    totals = _slice_counts(asked, indicator.total, ends)
    parts = _slice_counts(asked, part_query, ends)

    def bad(index: int, events: float) -> float:
        part = parts.get(index, 0.0)
        return part if indicator.good is None else events - part

    slices = paired(totals, bad, whole, length_s)
    # The increase over a slice needs two samples in it, and sees only what is between them.
    if sum(slices.valid) < total / 2 and ends.last_s - ends.first_s > asked.span.window_s / 2:
        if not slice_s:
            return None
        found = f"{sum(slices.valid)} of {total:.6g} events in slices of {slice_s:g} s"
        wanted = "slices at least four scrape intervals long"
        raise asked.server.problem(indicator.total, found, wanted)
    return slices


def _slice_counts(asked: _Asked, query: str, ends: Grid) -> dict[int, float]:
    expression = _over(asked, query, ends.step_s)
    if expression is None:
        return by_time(_points(asked, query, grid(asked.span, query)), ends.step_s)
    return by_end(_points(asked, expression, ends), ends.step_s)


def _single(asked: _Asked, query: str, expression: str) -> float | None:
    """The one value of an expression at the window's end."""
    values = [
        series.points[0].value for series in asked.server.instant(expression, asked.span.end_s)
    ]
    if len(values) > 1:
        raise asked.server.problem(query, f"{len(values)} series", "one: sum(...) them up")
    if not values or math.isnan(values[0]):
        return None
    return _sound(asked, query, values[0])


def _points(asked: _Asked, query: str, times: Grid) -> list[Point]:
    """The points of the only series of an expression, in the order of time."""
    answers = list(times.ask(asked.server, query))
    if len({tuple(sorted(series.labels.items())) for series in answers}) > 1:
        raise asked.server.problem(query, "several series", "one: sum(...) them up")
    return [point for series in answers for point in series.points]


def _sound(asked: _Asked, query: str, value: float) -> float:
    if value < 0 or math.isinf(value):
        raise asked.server.problem(query, f"{value:g}", "a number of events")
    return value


def _born(asked: _Asked, found: Selector) -> float:
    """The events that counters already had when they came up within the window.

    ``increase`` sees none of them, so that an error whose counter came up with it would not count
    at all. Left out are counters that came up together with their target (or with new labels of
    it), whose count may be older than the window, and those that were there in the window before.
    """
    if not found.name:
        return 0.0  # series of several names, which the functions below would take for one
    text, window = found.text, prometheus_duration(asked.span.window_s)
    # When a series is first seen: not timestamp(), whose cost grows with the square of the steps.
    seen = f"min_over_time((0 * {text} + time())[{asked.span.subquery}])"
    target = f"min_over_time((0 * up + time())[{asked.span.subquery}])"
    expression = (
        f"sum((min_over_time({text}[{window}])"
        f" and ({seen} > on (job, instance) group_left () max by (job, instance) ({target})))"
        f" unless min_over_time({text}[{window}] offset {window}))"
    )
    return _single(asked, found.text, expression) or 0.0


def _none_of(asked: _Asked, query: str) -> float:
    """Zero, when a selector found nothing although the metric has the labels it asks for.

    So a counter of errors may be missing until the first one; a name that is spelt wrong may not.
    """
    found = selector(query)
    if found is None or not found.name or has_window(query):
        raise asked.server.problem(query, "no series", _ABSENT)
    labels = ", ".join(f'{label}!=""' for label in found.labels)
    window = prometheus_duration(asked.span.window_s)
    known = f"count(count_over_time({found.name}{{{labels}}}[{window}]))"
    if not asked.server.instant(known, asked.span.end_s):
        named = f" with the labels {', '.join(found.labels)}" if found.labels else ""
        raise asked.server.problem(query, f"no series of {found.name}{named}", _ABSENT)
    return 0.0


def _extent(asked: _Asked, query: str) -> tuple[float, float]:
    """The first and the last step that there are data at; the window's own where none shows."""
    span, found = asked.span, selector(query)
    if found is not None:
        there = f"count({found.text})"
    else:
        there = with_window(query, max(span.step_s, LOOK_BACK_S))
    seen = _points(asked, there, grid(span, there))
    if not seen:
        return span.start_s, span.end_s
    # What is seen at the first step of all was there at the window's begin.
    whole_begin = seen[0].at_s <= grid(span, there).first_s
    return (span.start_s if whole_begin else seen[0].at_s), seen[-1].at_s
