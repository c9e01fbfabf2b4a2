"""The lanes of the timeline: rows of single events, and plots of what is too many for that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from markupsafe import Markup

from seakeep.observation import Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.load_bins import LoadBin
from seakeep.reports.svg import number, path, tag
from seakeep.reports.timeline_axis import Axis, top_of
from seakeep.reports.wording import clock, count, rate, seconds

__all__ = ["event_row", "hover_strips", "latency_plot", "load_plot", "row_label", "walk_row"]

_COLUMN = 3.0
"""Events nearer to each other than this many pixels share one mark; the worst one colours it."""

_SEVERITY = {Outcome.GOOD: 0, Outcome.INVALID: 1, Outcome.BAD: 2}


def row_label(name: str, axis: Axis, y: float) -> Markup:
    """Return a row's name, cut to the space left of the plot; whole when pointed at."""
    room = int((axis.left - 8) / 6.4)
    shown = name if len(name) <= room else name[: room - 1] + "…"
    return tag("text", tag("title", name), shown, class_="row-label", x=0, y=y + 14)


def event_row(events: Sequence[Observation], axis: Axis, y: float) -> Markup:
    """Return a row of marks, 20 pixels high: grey-green good, amber invalid, red bad."""
    columns: dict[int, Outcome] = {}
    for event in events:
        column = int((axis.x(axis.offset_s(event.at)) - axis.left) / _COLUMN)
        worst = columns.get(column, Outcome.GOOD)
        columns[column] = max(worst, event.outcome, key=_SEVERITY.__getitem__)
    marks = []
    for outcome, reach in ((Outcome.GOOD, 4.0), (Outcome.INVALID, 6.0), (Outcome.BAD, 8.0)):
        at = [axis.left + (c + 0.5) * _COLUMN for c, o in sorted(columns.items()) if o is outcome]
        drawn = "".join(f"M{number(x)} {number(y + 10 - reach)}v{2 * reach:g}" for x in at)
        if drawn:
            marks.append(tag("path", class_=f"mark {outcome}", d=drawn))
    return tag("g", *marks)


def walk_row(walks: Sequence[Observation], axis: Axis, y: float) -> Markup:
    """Return a row of bars, each as long as its walk took."""
    bars = []
    for walk in walks:
        begin = axis.offset_s(walk.at)
        left, right = axis.x(begin), axis.x(begin + walk.duration_s)
        words = f"{clock(round(begin, 1), axis.span_s)}: {walk.outcome}, {seconds(walk.duration_s)}"
        told = tag("title", f"{words} {plain(walk.cause, 80)}".rstrip())
        width = max(4.0, right - left)
        kind = f"walk {walk.outcome}"
        bars.append(tag("rect", told, class_=kind, x=left, y=y + 4, width=width, height=12, rx=2))
    return tag("g", *bars)


def load_plot(bins: Sequence[LoadBin], axis: Axis, y: float, height: float) -> Markup:
    """Return requests per second as an area of steps, and errors per second in red upon it.

    What an unfit generator made stands out: it was load, and says nothing.
    """
    top = top_of(max((b.count + b.invalid) / b.length_s for b in bins))
    foot = y + height

    def outline(value: Callable[[LoadBin], float], least: float) -> str:
        drawn = ""
        for each in bins:
            if tall := value(each) / each.length_s / top * height:
                left, right = axis.x(each.start_s), axis.x(each.start_s + each.length_s)
                drawn += f"M{number(left)} {number(foot)}v{number(-max(least, tall))}"
                drawn += f"H{number(right)}V{number(foot)}z"
        return drawn

    parts = [
        *_scale(axis, y, height, (rate(top), "0")),
        tag("path", class_="requests", d=outline(lambda b: b.count, 1)),
    ]
    if invalid := outline(lambda b: b.count + b.invalid if b.invalid else 0, 2.5):
        parts.insert(-1, tag("path", class_="unfit", d=invalid))
    if errors := outline(lambda b: b.bad, 2.5):
        parts.append(tag("path", class_="errors", d=errors))
    return tag("g", *parts)


def latency_plot(
    bins: Sequence[LoadBin], width_s: float, axis: Axis, y: float, height: float
) -> Markup:
    """Return the median and the 95th percentile over time; a gap where nothing was asked."""
    top = top_of(max(b.p95_s for b in bins))
    foot = y + height
    p95 = [(b.start_s + b.length_s / 2, b.p95_s) for b in bins]
    p50 = [(b.start_s + b.length_s / 2, b.p50_s) for b in bins]

    def line(values: Sequence[tuple[float, float]]) -> str:
        return "".join(
            path((axis.x(at), foot - value / top * height) for at, value in stretch)
            + ("h0.1" if len(stretch) == 1 else "")
            for stretch in _stretches(values, width_s)
        )

    return tag(
        "g",
        *_scale(axis, y, height, (seconds(top), seconds(top / 2), "0")),
        tag("path", class_="p95", d=line(p95)),
        tag("path", class_="p50", d=line(p50)),
    )


def hover_strips(bins: Sequence[LoadBin], axis: Axis, y: float, height: float) -> Markup:
    """Return invisible strips that tell each bin's numbers when pointed at."""
    strips = []
    for each in bins:
        left, right = axis.x(each.start_s), axis.x(each.start_s + each.length_s)
        words = f"{clock(round(each.start_s, 2), axis.span_s)}: "
        if each.count:
            words += f"{count(each.count)} requests, {count(each.bad)} bad, "
            words += f"p50 {seconds(each.p50_s)}, p95 {seconds(each.p95_s)}"
        if each.invalid:
            words += f"{', ' if each.count else ''}{count(each.invalid)} invalid"
        told = tag("title", words)
        width = right - left
        strips.append(tag("rect", told, class_="hover", x=left, y=y, width=width, height=height))
    return tag("g", *strips)


def _stretches(
    values: Sequence[tuple[float, float]], width_s: float
) -> list[list[tuple[float, float]]]:
    """Split a series wherever a bin is missing."""
    stretches = [[values[0]]]
    for before, after in pairwise(values):
        if after[0] - before[0] > width_s * 1.5:
            stretches.append([])
        stretches[-1].append(after)
    return stretches


def _scale(axis: Axis, y: float, height: float, labels: tuple[str, ...]) -> list[Markup]:
    """Return level lines with their labels, evenly from the top of a plot to its foot."""
    parts = []
    for index, label in enumerate(labels):
        level = y + height * index / (len(labels) - 1)
        parts += [
            tag("line", class_="grid", x1=axis.left, x2=axis.right, y1=level, y2=level),
            tag("text", label, class_="tiny", x=axis.right + 5, y=level + 3.5),
        ]
    return parts
