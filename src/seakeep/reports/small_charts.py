"""The charts that fit into a cell of a table."""

from __future__ import annotations

from dataclasses import fields

from markupsafe import Markup

from seakeep.observation import Phases
from seakeep.reports.svg import tag
from seakeep.reports.vitals import VitalReading
from seakeep.reports.wording import percent, seconds
from seakeep.slo.verdict import Verdict

__all__ = ["PHASES", "budget_bar", "phase_bar", "vital_meter", "whisker"]

PHASES = tuple(field.name.removesuffix("_s") for field in fields(Phases))
"""The phases of an exchange, in the order in which they happen."""

_WIDTH = 190.0
_PAD = 4.0


def whisker(verdict: Verdict) -> Markup:
    """Return the measured share with its interval, against the line of the target.

    The scale is linear from just below the interval, and at least three budgets deep, to 100%.
    """
    floor = max(0.0, 1 - 1.12 * max(1 - verdict.lower, 3 * (1 - verdict.target)))

    def x(share: float) -> float:
        return _PAD + (_WIDTH - 2 * _PAD) * (share - floor) / (1 - floor)

    parts = [
        tag("rect", class_="beyond", x=_PAD, y=4, height=18, width=x(verdict.target) - _PAD),
        tag("line", class_="base", x1=_PAD, x2=_WIDTH - _PAD, y1=22, y2=22),
        tag("text", percent(floor), class_="tiny", x=_PAD, y=33),
        tag("text", "100%", class_="tiny end", x=_WIDTH - _PAD, y=33),
    ]
    words = f"target {percent(verdict.target)}, nothing measured"
    if verdict.estimate is not None:
        low, high, middle = x(verdict.lower), x(verdict.upper), x(verdict.estimate)
        parts += [
            tag("line", class_="whisker", x1=low, x2=high, y1=13, y2=13),
            tag("line", class_="whisker", x1=low, x2=low, y1=9, y2=17),
            tag("line", class_="whisker", x1=high, x2=high, y1=9, y2=17),
            tag("circle", class_="whisker-dot", cx=middle, cy=13, r=3.6),
        ]
        words = (
            f"target {percent(verdict.target)}, measured {percent(verdict.estimate)}, "
            f"between {percent(verdict.lower)} and {percent(verdict.upper)}"
        )
    at = x(verdict.target)
    parts.append(tag("line", class_="target", x1=at, x2=at, y1=1, y2=25))
    return _chart(words, f"mini whisker-chart {verdict.state}", 36, parts)


def budget_bar(verdict: Verdict) -> Markup:
    """Return how much of the error budget is left; all red when it is overspent."""
    left = verdict.budget_left
    if left is None:
        return Markup()
    fill = min(1.0, max(0.0, left))
    # An overspent budget fills the bar with its excess: red, and never wider than the bar.
    kind, share = ("over", min(1.0, -left)) if left < 0 else ("left", fill)
    parts = [
        tag("rect", class_="track", x=0, y=2, width=_WIDTH / 2, height=8, rx=4),
        tag("rect", class_=kind, x=0, y=2, width=max(2.0, share * _WIDTH / 2), height=8, rx=4),
    ]
    words = f"{percent(left)} of the error budget left"
    return _chart(words, "mini budget", 12, parts, width=_WIDTH / 2)


def phase_bar(phases: Phases, longest_s: float) -> Markup:
    """Return the phases of an exchange stacked, to the scale of the longest exchange."""
    at, parts, told = 0.0, [], []
    for name in PHASES:
        value: float | None = getattr(phases, f"{name}_s")
        if value is None or value <= 0 or longest_s <= 0:
            continue
        width = _WIDTH * min(1.0, value / longest_s)
        parts.append(tag("rect", class_=f"phase {name}", x=at, y=2, width=width, height=12))
        told.append(f"{name} {seconds(value)}")
        at += width
    return _chart(", ".join(told), "mini", 16, parts)


def vital_meter(reading: VitalReading) -> Markup:
    """Return a vital on the scale of its thresholds: good, needs improvement, poor."""
    if reading.value is None:
        return Markup()
    vital, width = reading.vital, 96.0
    top = vital.poor * 1.4
    good, poor, at = (width * min(1.0, v / top) for v in (vital.good, vital.poor, reading.value))
    zones = (("good", 0.0, good), ("warn", good, poor), ("bad", poor, width))
    parts = [
        tag("rect", class_=f"zone {kind}", x=begin, y=4, width=end - begin - 1, height=5)
        for kind, begin, end in zones
    ]
    parts.append(tag("line", class_="needle", x1=max(1.0, at), x2=max(1.0, at), y1=0, y2=13))
    words = f"{vital.title} {vital.text(reading.value)}: {reading.rating}"
    return _chart(words, "mini meter", 13, parts, width=width)


def _chart(
    words: str, class_: str, height: float, parts: list[Markup], width: float = _WIDTH
) -> Markup:
    return tag(
        "svg",
        tag("title", words),
        *parts,
        class_=class_,
        viewBox=f"0 0 {width:g} {height:g}",
        width=width,
        height=height,
        role="img",
    )
