"""The whole run in one picture: probes, journeys and load over time, behind the faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from seakeep.observation import Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.check_summary import group_by_name
from seakeep.reports.digest import Digest
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.load_bins import LoadBin, bin_events, bin_load
from seakeep.reports.svg import tag
from seakeep.reports.timeline_axis import Axis, bin_width_s, ticks
from seakeep.reports.timeline_lanes import (
    event_row,
    hover_strips,
    latency_plot,
    load_plot,
    row_label,
    walk_row,
)
from seakeep.reports.wording import clock

__all__ = ["NARROW", "WIDE", "Shape", "outside", "timeline"]

_ROW = 20.0
_TITLE = 22.0
_MAX_ROWS = 8
_BANDS = 26.0
_LOAD_HEIGHT = 72.0
_LATENCY_HEIGHT = 84.0


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the picture is, in pixels.

    Attributes:
        name: Its CSS class.
        width: All of it.
        left: What is kept for names, left of the plot.
        right: What is kept for scales, right of it.
        ticks: About how many times the axis may name.
    """

    name: str
    width: float
    left: float
    right: float
    ticks: int


WIDE = Shape("wide", 1120, 150, 56, 14)
NARROW = Shape("narrow", 360, 84, 44, 6)


def timeline(told: Digest, shape: Shape) -> Markup:
    """Return the picture as an SVG element; empty when the run had no length."""
    axis = Axis(
        told.run.started_at, told.run.duration_s or 1.0, shape.left, shape.width - shape.right
    )
    lanes: list[Markup] = []
    y = _BANDS if any(e.injected_at for e in told.experiments) else 4.0
    for title, kind, observations in (
        ("Probes", event_row, told.events),
        ("Journeys", walk_row, told.walks),
    ):
        seen = [o for o in observations if axis.covers(o.at)]
        if seen:
            lanes.append(_title(title, y))
            y += _TITLE
            for name, group in _rows(seen):
                lanes += [row_label(name, axis, y), kind(group, axis, y)]
                y += _ROW
            y += 6
    plots, y = _check_latency(told, axis, y)
    load, y = _load(told, axis, y)
    generator, y = _generator(told, axis, y)
    bands = [_band(e, told.experiments, axis, y) for e in told.experiments]
    return tag(
        "svg",
        tag("title", "The run over time"),
        *_axis(axis, shape, y),
        *bands,
        *lanes,
        *plots,
        *load,
        *generator,
        class_=f"timeline {shape.name}",
        viewBox=f"0 0 {shape.width:g} {y + 24:g}",
        role="img",
    )


def outside(told: Digest) -> int:
    """Return how many observations lie outside the run's time, and are therefore not drawn."""
    axis = Axis(told.run.started_at, told.run.duration_s or 1.0, 0, 1)
    seen = (*told.events, *told.walks, *told.load)
    return sum(o.events for o in seen if not axis.covers(o.at))


def _rows(observations: Sequence[Observation]) -> list[tuple[str, list[Observation]]]:
    """Return a row per name; of very many names those with trouble, and the rest as one row."""
    groups = sorted(group_by_name(observations).items(), key=lambda group: not _trouble(group[1]))
    if len(groups) > _MAX_ROWS:
        rest = [observation for _, group in groups[_MAX_ROWS - 1 :] for observation in group]
        more = f"{len(groups) - _MAX_ROWS + 1} more"
        groups = [*groups[: _MAX_ROWS - 1], (more, rest)]
    return [(plain(name, 200), group) for name, group in groups]


def _trouble(observations: Sequence[Observation]) -> bool:
    return any(o.outcome is not Outcome.GOOD for o in observations)


def _load(told: Digest, axis: Axis, y: float) -> tuple[list[Markup], float]:
    """Return the lanes of the load: how much of it, and how fast it was answered."""
    width_s = bin_width_s(axis.span_s)
    bins = bin_load([o for o in told.load if axis.covers(o.at)], axis.start, width_s)
    if not bins:
        return [], y
    key = [("errors", "errors/s"), ("requests", "requests/s")]
    if any(each.invalid for each in bins):
        key.insert(0, ("unfit", "invalid/s"))
    latency, end = _latency("Load latency", bins, axis, y + _TITLE + _LOAD_HEIGHT + 8)
    return [
        _title("Load", y),
        row_label("requests/s", axis, y + _TITLE - 4),
        _key(axis, y, key),
        load_plot(bins, axis, y + _TITLE, _LOAD_HEIGHT),
        hover_strips(bins, axis, y + _TITLE, _LOAD_HEIGHT),
        *latency,
    ], end


def _generator(told: Digest, axis: Axis, y: float) -> tuple[list[Markup], float]:
    """Return the lane of the load's generator, where not all went as it should."""
    seen = [_marked(o) for o in told.generator if axis.covers(o.at)]
    if not _trouble(seen):
        return [], y
    key = (("missed", "arrivals missed"), ("unfit", "unfit"))
    row = event_row(seen, axis, y + _TITLE)
    label = row_label("each second", axis, y + _TITLE)
    return [_title("Load generator", y), _key(axis, y, key), label, row], y + _TITLE + _ROW + 6


def _marked(second: Observation) -> Observation:
    """Its missed arrivals are marked like what is bad; nothing is worse for a promised rate."""
    return replace(second, outcome=Outcome.BAD) if second.attributes.get("missed") else second


def _check_latency(told: Digest, axis: Axis, y: float) -> tuple[list[Markup], float]:
    """Return the lane of how fast the checks were answered: there a latency fault shows."""
    seen = [o for o in told.events if axis.covers(o.at)]
    bins = bin_events(seen, axis.start, bin_width_s(axis.span_s))
    return _latency("Check latency", bins, axis, y)


def _latency(
    title: str, bins: Sequence[LoadBin], axis: Axis, y: float
) -> tuple[list[Markup], float]:
    bins = [each for each in bins if each.count]
    if not bins:
        return [], y
    width_s = bin_width_s(axis.span_s)
    per = "" if width_s == 1 else f" (per {width_s:g} s)"
    plot_y, end = y + _TITLE, y + _TITLE + _LATENCY_HEIGHT
    return [
        _title(title, y),
        row_label(f"p50, p95{per}", axis, plot_y - 4),
        _key(axis, y, (("p95", "p95"), ("p50", "p50"))),
        latency_plot(bins, width_s, axis, plot_y, _LATENCY_HEIGHT),
        hover_strips(bins, axis, plot_y, _LATENCY_HEIGHT),
    ], end + 6


def _title(text: str, y: float) -> Markup:
    return tag("text", text, class_="lane-title", x=0, y=y + 15)


def _key(axis: Axis, y: float, entries: Sequence[tuple[str, str]]) -> Markup:
    """Return a legend at the right end of a lane's title line."""
    parts, right = [], axis.right
    for kind, words in entries:
        left = right - len(words) * 6.7
        parts.append(tag("text", words, class_="tiny", x=left, y=y + 15))
        parts.append(tag("rect", class_=f"key {kind}", x=left - 14, y=y + 8, width=10, height=7))
        right = left - 26
    return tag("g", *parts)


def _band(
    experiment: ExperimentSummary, all_of_them: Sequence[ExperimentSummary], axis: Axis, foot: float
) -> Markup:
    """Return a fault's time as a band across all lanes."""
    if experiment.injected_at is None:
        return Markup()
    begin = axis.offset_s(experiment.injected_at)
    # Not proven gone, it may be in place still.
    gone = experiment.removed_at
    end = axis.span_s if gone is None else axis.offset_s(gone)
    left, right = axis.x(begin), axis.x(end)
    width = max(2.0, right - left)
    begins = [axis.x(axis.offset_s(e.injected_at)) for e in all_of_them if e.injected_at]
    edge = min([b for b in begins if b > left], default=axis.right + 40)
    room = int((edge - left - 26) / 7.1)
    words = f"{experiment.name} · {experiment.fault}" if experiment.fault else experiment.name
    if len(words) > room:
        words = experiment.name
    if len(words) > room:
        words = words[: room - 1] + "…" if room > 6 else ""
    edges = [tag("line", class_="edge", x1=x, x2=x, y1=_BANDS, y2=foot) for x in (left, right)]
    parts = [
        tag("title", f"{experiment.name}: {experiment.fault or experiment.words}"),
        tag("rect", class_="fault", x=left, y=4, width=width, height=foot - 4),
        *edges,
    ]
    return tag(
        "g",
        *parts,
        tag("circle", class_=f"badge {experiment.ending}", cx=left + 10, cy=14, r=8),
        tag("text", experiment.mark, class_="badge-text", x=left + 10, y=17.5),
        tag("text", words, class_="band-label", x=left + 22, y=18),
    )


def _axis(axis: Axis, shape: Shape, foot: float) -> list[Markup]:
    parts = [tag("line", class_="axis", x1=axis.left, x2=axis.right, y1=foot, y2=foot)]
    for at in ticks(axis.span_s, shape.ticks):
        x = axis.x(at)
        parts += [
            tag("line", class_="grid", x1=x, x2=x, y1=_BANDS, y2=foot),
            tag("text", clock(at, axis.span_s), class_="tiny mid", x=x, y=foot + 15),
        ]
    return parts
