"""The history of one experiment, small enough for a cell: a dot per run, coloured by its end."""

from __future__ import annotations

import math
from collections.abc import Iterator

from markupsafe import Markup

from seakeep.reports.experiment_run import ExperimentRun
from seakeep.reports.scorecard import RECENT, Scorecard, ScorecardRow
from seakeep.reports.svg import tag
from seakeep.reports.timeline_axis import top_of
from seakeep.reports.wording import instant, seconds

__all__ = ["history_chart"]

_WIDTH = 300.0
_PLOT = 46.0
_TOP = 8.0
_STRIP = 12.0
"""Under the plot: the runs that have no time to recover."""

_RIGHT = 44.0
_MOST = 400
"""Runs that are drawn, the latest ones."""


def history_chart(row: ScorecardRow, card: Scorecard) -> Markup:
    """Return the times to recover of an experiment's runs over the period of its scorecard.

    Runs that never recovered stand at the top, those without such a time beneath the plot. Left and
    right of the line that begins the last week lie the medians that are compared.
    """
    span_s = max(1.0, (card.until - card.since).total_seconds())
    runs = row.runs[-_MOST:]
    known = [run.recover_s for run in runs if run.recover_s is not None]
    top_s = top_of(max(known, default=1.0))
    foot = _TOP + _PLOT

    def x(seconds_ago: float) -> float:
        return 3 + (_WIDTH - _RIGHT - 6) * (1 - min(1.0, seconds_ago / span_s))

    def y(recover_s: float) -> float:
        return foot - min(1.0, recover_s / top_s) * _PLOT

    week = x(RECENT.total_seconds())
    parts = [
        tag("line", class_="grid", x1=0, x2=_WIDTH - _RIGHT, y1=_TOP, y2=_TOP),
        tag("line", class_="axis", x1=0, x2=_WIDTH - _RIGHT, y1=foot, y2=foot),
    ]
    if known:
        beside = _WIDTH - _RIGHT + 4
        parts += [
            tag("text", seconds(top_s), class_="tiny", x=beside, y=_TOP + 4),
            tag("text", "0", class_="tiny", x=beside, y=foot + 3),
        ]
    if span_s > RECENT.total_seconds():
        parts.append(tag("line", class_="week", x1=week, x2=week, y1=2, y2=foot + _STRIP))
    for median_s, left, right in (
        (row.trend.early_median, 0.0, week - 2),
        (row.trend.late_median, week + 2, _WIDTH - _RIGHT),
    ):
        if known and median_s is not None and math.isfinite(median_s) and right > left:
            level = y(median_s)
            parts.append(tag("line", class_="median", x1=left, x2=right, y1=level, y2=level))
    for run in runs:
        at = x((card.until - run.at).total_seconds())
        parts.append(_dot(run, at, y(run.recover_s) if run.recover_s is not None else None))
    return tag(
        "svg",
        tag("title", f"Times to recover of {row.experiment}"),
        *parts,
        class_="mini history",
        viewBox=f"0 0 {_WIDTH:g} {foot + _STRIP + 2:g}",
        width=_WIDTH,
        height=foot + _STRIP + 2,
        role="img",
    )


def _dot(run: ExperimentRun, x: float, y: float | None) -> Markup:
    foot = _TOP + _PLOT
    never = run.ending == "not_recovered"
    level = y if y is not None else (_TOP if never else foot + _STRIP - 4)
    told = tag("title", "; ".join(_told(run)))
    # What says nothing of the platform is hollow, besides its colour.
    hollow = "" if run.ending in {"held", "deviated", "not_recovered"} else " hollow"
    radius = 4.2 if run.ending in {"deviated", "not_recovered"} else 3.2
    return tag("circle", told, class_=f"run {run.ending}{hollow}", cx=x, cy=level, r=radius)


def _told(run: ExperimentRun) -> Iterator[str]:
    yield f"{instant(run.at)}: {run.words}"
    if run.recover_s is not None:
        yield f"recovered in {seconds(run.recover_s)}"
    if run.ending != "held" and run.message:
        yield run.message[:200]
