"""One experiment in one picture: what was done, what the guard saw, and when which was proven.

Times count from the injection. Each answer is a dot: what the platform did is to be seen, not only
what was concluded from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from seakeep.observation import Outcome
from seakeep.reports.chart_marks import Mark, mark_rows
from seakeep.reports.experiment_summary import ExperimentSummary
from seakeep.reports.guard_bins import GuardBin, bin_guard
from seakeep.reports.svg import number, tag
from seakeep.reports.timeline import NARROW, WIDE, Shape
from seakeep.reports.timeline_axis import Axis, top_of
from seakeep.reports.wording import percent, seconds

__all__ = ["experiment_pictures"]

_LEFT = 4.0
_TITLE = 20.0
_BAD_HEIGHT = 44.0
_DURATION_HEIGHT = 90.0
_GAP = 8.0
_MOST_BINS = 90
_DOT = 2.0
"""Dots that would lie within so many pixels are one: however many answers, the page is small."""

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 21600)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where times lie, in pixels and in seconds since the injection."""

    axis: Axis
    injected_at: datetime
    shape: Shape

    def x(self, at: datetime) -> float:
        return self.axis.x(self.axis.offset_s(at))

    def since_s(self, at: datetime) -> float:
        return (at - self.injected_at).total_seconds()


def experiment_pictures(experiment: ExperimentSummary) -> tuple[Markup, ...]:
    """Return the picture for a wide and for a narrow page; none when the guard saw nothing."""
    if not experiment.faults or not experiment.watched:
        return ()
    return tuple(_picture(experiment, shape) for shape in (WIDE, NARROW))


def _picture(experiment: ExperimentSummary, shape: Shape) -> Markup:
    frame = _frame(experiment, shape)
    marks = mark_rows(list(_marks(experiment, frame)), frame.axis)
    top = marks.height + 4
    bad_y = top + _TITLE
    duration_y = bad_y + _BAD_HEIGHT + _GAP + _TITLE
    foot = duration_y + _DURATION_HEIGHT
    width_s = next(
        (step for step in _STEPS if frame.axis.span_s / step <= _MOST_BINS), float(_STEPS[-1])
    )
    bins = bin_guard(experiment.watched, frame.injected_at, width_s)
    return tag(
        "svg",
        tag("title", f"{experiment.name}: what was done, and what the guard saw"),
        *_windows(experiment, frame, top, foot),
        *_axis(frame, top, foot),
        *_bad(bins, frame, bad_y),
        *_durations(experiment, frame, duration_y),
        *marks.drawn(foot),
        _title(f"Bad answers, per {seconds(width_s)}", frame, bad_y),
        _title("Durations", frame, duration_y),
        *_strips(bins, frame, bad_y, foot - bad_y),
        class_=f"timeline experiment {shape.name}",
        viewBox=f"0 0 {shape.width:g} {foot + 22:g}",
        role="img",
    )


def _frame(experiment: ExperimentSummary, shape: Shape) -> _Frame:
    injected_at = min(effect.injected_at for effect in experiment.faults)
    moments = [
        *(o.at for o in experiment.watched),
        *(effect.gone_at for effect in experiment.faults if effect.gone_at),
        *(at for at in (experiment.breach_at, experiment.recovered_at) if at),
    ]
    begin = min(injected_at, *moments)
    span_s = max(1.0, (max(injected_at, *moments) - begin).total_seconds())
    # A little air, so that what happens at the very begin or end does not lie on the edge.
    begin -= timedelta(seconds=span_s * 0.01)
    axis = Axis(begin, span_s * 1.02, _LEFT, shape.width - shape.right)
    return _Frame(axis, injected_at, shape)


def _marks(experiment: ExperimentSummary, frame: _Frame) -> Iterator[Mark]:
    several = len(experiment.faults) > 1

    def mark(kind: str, words: str, at: datetime) -> Mark:
        since_s = frame.since_s(at)
        when = f"{seconds(since_s)}" if since_s > 0 else "0 s"
        return Mark(kind, f"{words} {when}", frame.x(at))

    for number_, effect in enumerate(experiment.faults, 1):
        which = f" {number_}" if several else ""
        yield mark("injected", f"fault{which} injected", effect.injected_at)
        if effect.gone_at is not None:
            yield mark("gone", f"fault{which} gone", effect.gone_at)
    if experiment.breach_at is not None:
        yield mark("breach", "breach proven", experiment.breach_at)
    if experiment.recovered_at is not None:
        yield mark("recovered", "steady again", experiment.recovered_at)
    elif experiment.ending == "not_recovered":
        yield Mark("breach", "not proven steady again", frame.axis.right)


def _windows(experiment: ExperimentSummary, frame: _Frame, y: float, foot: float) -> list[Markup]:
    """Return the bands of the faults, and that of the recovery after the last of them."""
    parts, ends = [], []
    for effect in experiment.faults:
        left = frame.x(effect.injected_at)
        right = frame.axis.right if effect.gone_at is None else frame.x(effect.gone_at)
        width = max(1.5, right - left)
        parts.append(tag("rect", class_="fault", x=left, y=y, width=width, height=foot - y))
        ends.append(right)
    left, back_at = max(ends), experiment.recovered_at
    never = experiment.ending == "not_recovered"
    right = frame.x(back_at) if back_at else (frame.axis.right if never else left)
    if right > left:
        band = {"x": left, "y": y, "width": right - left, "height": foot - y}
        parts.append(tag("rect", class_="recovering", **band))
    return parts


def _bad(bins: Sequence[GuardBin], frame: _Frame, y: float) -> list[Markup]:
    foot = y + _BAD_HEIGHT
    drawn = {"bad": "", "unfit": ""}
    for each in bins:
        left, right = _edges(each, frame)
        if not each.valid:
            drawn["unfit"] += f"M{number(left)} {number(foot)}v-3H{number(right)}v3z"
        elif each.bad:
            tall = max(2.0, each.bad / each.valid * _BAD_HEIGHT)
            drawn["bad"] += f"M{number(left)} {number(foot)}v{number(-tall)}"
            drawn["bad"] += f"H{number(right)}V{number(foot)}z"
    kinds = {"bad": "errors", "unfit": "unfit"}
    bars = [tag("path", class_=kinds[kind], d=path) for kind, path in drawn.items() if path]
    return [*_lane(frame, y, _BAD_HEIGHT, ("100%", "0")), *bars]


def _durations(experiment: ExperimentSummary, frame: _Frame, y: float) -> list[Markup]:
    valid = [o for o in experiment.watched if o.outcome is not Outcome.INVALID]
    top = top_of(max((o.duration_s for o in valid), default=1.0))
    foot = y + _DURATION_HEIGHT
    cells: dict[Outcome, dict[tuple[int, int], None]] = {Outcome.GOOD: {}, Outcome.BAD: {}}
    for one in valid:
        at = (frame.x(one.at), foot - min(1.0, one.duration_s / top) * _DURATION_HEIGHT)
        cells[one.outcome][round(at[0] / _DOT), round(at[1] / _DOT)] = None
    parts = _lane(frame, y, _DURATION_HEIGHT, (seconds(top), seconds(top / 2), "0"))
    for outcome, found in cells.items():
        if found:
            dots = "".join(f"M{number(i * _DOT)} {number(j * _DOT)}h.1" for i, j in found)
            parts.append(tag("path", class_=f"answer {outcome}", d=dots))
    return parts


def _title(words: str, frame: _Frame, y: float) -> Markup:
    return tag("text", words, class_="lane-title", x=frame.axis.left, y=y - 6)


def _lane(frame: _Frame, y: float, height: float, labels: tuple[str, ...]) -> list[Markup]:
    axis, parts = frame.axis, []
    for index, label in enumerate(labels):
        level = y + height * index / (len(labels) - 1)
        parts += [
            tag("line", class_="grid", x1=axis.left, x2=axis.right, y1=level, y2=level),
            tag("text", label, class_="tiny", x=axis.right + 5, y=level + 3.5),
        ]
    return parts


def _strips(bins: Sequence[GuardBin], frame: _Frame, y: float, height: float) -> list[Markup]:
    """Return invisible strips that tell each stretch's numbers when pointed at."""
    strips = []
    for each in bins:
        left, right = _edges(each, frame)
        words = f"{each.start_s:.3g} s: "
        if each.valid:
            words += f"{each.bad} of {each.valid} bad ({percent(each.bad / each.valid)}), "
            words += f"p50 {seconds(each.p50_s)}, p95 {seconds(each.p95_s)}"
        if each.invalid:
            words += f"{', ' if each.valid else ''}{each.invalid} invalid"
        place = {"x": left, "y": y, "width": max(0.5, right - left), "height": height}
        strips.append(tag("rect", tag("title", words), class_="hover", **place))
    return strips


def _edges(each: GuardBin, frame: _Frame) -> tuple[float, float]:
    begin_s = frame.axis.offset_s(frame.injected_at) + each.start_s
    return frame.axis.x(begin_s), frame.axis.x(begin_s + each.length_s)


def _axis(frame: _Frame, y: float, foot: float) -> list[Markup]:
    axis = frame.axis
    injected_s = axis.offset_s(frame.injected_at)
    steps = (step for step in _STEPS if axis.span_s / step <= frame.shape.ticks)
    step = next(steps, axis.span_s / frame.shape.ticks)
    parts = [tag("line", class_="axis", x1=axis.left, x2=axis.right, y1=foot, y2=foot)]
    for index in range(
        math.ceil(-injected_s / step), math.floor((axis.span_s - injected_s) / step) + 1
    ):
        x = axis.x(injected_s + index * step)
        parts += [
            tag("line", class_="grid", x1=x, x2=x, y1=y, y2=foot),
            tag("text", f"{index * step:g} s", class_="tiny mid", x=x, y=foot + 15),
        ]
    return parts
