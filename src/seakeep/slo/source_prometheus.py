"""Tallies an objective's events by PromQL, asked of a Prometheus server; see docs/prometheus.md."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from seakeep.slo.objective import (
    Indicator,
    ObservedRatio,
    PrometheusRatio,
    PrometheusRaw,
    PrometheusThreshold,
)
from seakeep.slo.prometheus_api import Point, Prometheus, Series
from seakeep.slo.prometheus_counts import tally_ratio, whole
from seakeep.slo.prometheus_grid import LOOK_BACK_S, Span, grid
from seakeep.slo.prometheus_slices import ratio_slices, slice_grid, slice_length_s
from seakeep.slo.promql import has_window, prometheus_duration, selector, with_window
from seakeep.slo.slices import sliced
from seakeep.slo.source_seakeep import Scope
from seakeep.slo.verdict import Tally

__all__ = ["tally_queries"]

_MOST_RATIO = 1.05
"""Above this it is no ratio; up to it, it is one of extrapolated counts."""

_Key = tuple[tuple[str, str], ...]


def tally_queries(indicator: Indicator, scope: Scope, slice_s: float = 0.0) -> Tally:
    """Return the tally of an indicator's events between two times.

    The platform and the run of the scope play no part: what the series are about is for the query
    to say. Counts from counters are rounded, see `seakeep.slo.prometheus_counts.whole`.

    Args:
        indicator: What to ask, and of which server.
        scope: The window.
        slice_s: The length of a budget's slices, in seconds; 0 for one to look for clusters with.

    Raises:
        SourceError: There is no whole answer that can be counted.
        TypeError: The indicator is no PromQL.
    """
    if isinstance(indicator, ObservedRatio):
        raise TypeError("wanted an indicator by PromQL")
    server, span = Prometheus(indicator.address), Span.of(scope)
    match indicator:
        case PrometheusRatio():
            return tally_ratio(server, indicator, span, slice_s)
        case PrometheusRaw():
            return _tally_raw(server, indicator, span, slice_s)
        case PrometheusThreshold():
            return _tally_threshold(server, indicator, span, slice_s)


def _tally_raw(server: Prometheus, indicator: PrometheusRaw, span: Span, slice_s: float) -> Tally:
    """The tally of slices: each adds its ratio to the good ones, and the rest to the bad.

    A ratio does not say of how many events it is, so that a slice counts for one. Of all variables
    between 0 and 1 with one mean, that which is only ever 0 or 1 varies most (Bhatia and Davis,
    American Mathematical Monthly 107 (2000), 353-357): the interval of so many events is wide
    enough for the slices' mean.
    """
    query, points = _ratio_points(server, indicator.query, span, slice_s)
    ratios = {at_s: _ratio(server, query, value) for at_s, value in points if not math.isnan(value)}
    if indicator.raw_type == "failure":
        ratios = {at_s: 1.0 - ratio for at_s, ratio in ratios.items()}
    if not ratios:
        return Tally(good=0, bad=0)
    good_count, bad_count = whole(float(len(ratios)), math.fsum(1.0 - r for r in ratios.values()))
    by_index = {round(at_s / slice_s) - 1: r for at_s, r in ratios.items()} if slice_s else {}
    return Tally(
        good=good_count,
        bad=bad_count,
        first_at=span.time(min(ratios)),
        last_at=span.time(max(ratios)),
        slices=ratio_slices(by_index, slice_s) if slice_s else None,
    )


def _ratio_points(
    server: Prometheus, query: str, span: Span, slice_s: float
) -> tuple[str, list[Point]]:
    """The query as it is asked, and the points of its only series: one for each slice."""
    own_s = slice_s or (max(LOOK_BACK_S, span.step_s) if has_window(query) else 0.0)
    asked = with_window(query, own_s)
    times = slice_grid(span, slice_s) if slice_s else grid(span, asked, at_least_s=own_s)
    answers = list(times.ask(server, asked)) if times is not None else []
    if len({_key(series) for series in answers}) > 1:
        raise server.problem(asked, "several series", "one ratio: sum(...) over sum(...)")
    return asked, [point for series in answers for point in series.points]


def _ratio(server: Prometheus, query: str, value: float) -> float:
    if not -1e-9 <= value <= _MOST_RATIO:
        hint = "; percent are to be divided by 100" if 1 < value <= 100 else ""
        raise server.problem(query, f"{value:g}", f"a ratio between 0 and 1{hint}")
    return min(1.0, max(0.0, value))


@dataclass(frozen=True, slots=True)
class _Sample:
    """A value, and when it was seen."""

    at_s: float
    value: float


def _tally_threshold(
    server: Prometheus, indicator: PrometheusThreshold, span: Span, slice_s: float
) -> Tally:
    """The tally of samples: every one of every series is an event; NaN is none."""
    samples = sorted(
        (s for s in _samples(server, indicator.query, span) if not math.isnan(s.value)),
        key=lambda sample: sample.at_s,
    )
    if not samples:
        return Tally(good=0, bad=0)
    judged = [(s.at_s, indicator.operator.holds(s.value, indicator.value)) for s in samples]
    bad = [sample for sample, (_, good) in zip(samples, judged, strict=True) if not good]
    return Tally(
        good=len(samples) - len(bad),
        bad=len(bad),
        first_at=span.time(samples[0].at_s),
        last_at=span.time(samples[-1].at_s),
        example=_example(indicator, bad[-1]) if bad else "",
        slices=sliced(slice_length_s(span, slice_s), judged),
    )


def _samples(server: Prometheus, query: str, span: Span) -> Iterator[_Sample]:
    """What the query gives at each step; of a selector, only where there is a new sample."""
    slice_s = max(LOOK_BACK_S, span.step_s) if has_window(query) else 0.0
    asked = with_window(query, slice_s)
    times = grid(span, asked, at_least_s=slice_s)
    found = selector(query)
    if found is not None and query.strip() == found.text:
        # A millisecond less than the step: ranges had closed ends before Prometheus 3.
        since = prometheus_duration(times.step_s - 0.001)
        asked = f"{found.text} and count_over_time({found.text}[{since}])"
    for series in times.ask(server, asked):
        yield from (_Sample(*point) for point in series.points)


def _key(series: Series) -> _Key:
    return tuple(sorted((k, v) for k, v in series.labels.items() if k != "__name__"))


def _example(indicator: PrometheusThreshold, sample: _Sample) -> str:
    at = datetime.fromtimestamp(sample.at_s, UTC)
    wanted = f"{indicator.operator.value} {indicator.value:g}"
    return f"{sample.value:g} at {at:%Y-%m-%dT%H:%M:%SZ}, wanted {wanted}"
