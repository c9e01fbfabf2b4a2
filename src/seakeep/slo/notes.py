"""What must be said beside the numbers of a verdict, lest they be taken for more than they are."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.duration import format_duration
from seakeep.slo.verdict import Independence, State, Verdict

__all__ = ["coverage", "notes"]

_WELL_COVERED = 0.9
"""From this share of the window on, its coverage is not worth a word."""

_UNITS = ((172_800.0, 86_400.0, "days"), (7200.0, 3600.0, "hours"), (120.0, 60.0, "minutes"))


def notes(verdict: Verdict) -> tuple[str, ...]:
    """Return what stands beneath a verdict, each a phrase: why, and with what reservations."""
    return tuple(_notes(verdict))


def coverage(verdict: Verdict) -> str:
    """Return how little of the window there are events for: ``covers 3 of 30 days``; or nothing."""
    window_s = (verdict.window_end - verdict.window_start).total_seconds()
    if verdict.valid == 0 or verdict.covered_s >= _WELL_COVERED * window_s:
        return ""
    unit_s, unit = next(((s, name) for least, s, name in _UNITS if window_s >= least), (1, "s"))
    return f"covers {_round(verdict.covered_s / unit_s)} of {_round(window_s / unit_s)} {unit}"


def _round(number: float) -> str:
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"


def _notes(verdict: Verdict) -> Iterator[str]:
    if verdict.reason:
        yield verdict.reason
    if verdict.events_to_settle is not None:
        yield f"about {verdict.events_to_settle:,} more {verdict.unit} would settle it"
    covers = coverage(verdict)
    if covers:
        yield covers
    if verdict.quantile_s is not None and verdict.quantile_share is not None:
        share = f"{verdict.quantile_share * 100:.4f}".rstrip("0").rstrip(".")
        yield f"p{share} is {format_duration(verdict.quantile_s)}"
    yield from _clusters(verdict)
    yield from _planned(verdict)


def _clusters(verdict: Verdict) -> Iterator[str]:
    if verdict.independence is not Independence.BROKEN or verdict.state is State.NO_DATA:
        return
    text = f"failures come in clusters (design effect {verdict.design_effect:.3g})"
    if verdict.effective_n is not None:
        worth = f"{verdict.effective_n:,.0f}" if verdict.effective_n >= 1 else "less than 1"
        yield f"{text}: worth {worth} independent {verdict.unit}, so the lower bound is lower"
    else:
        yield f"{text}: the interval takes them for independent"


def _planned(verdict: Verdict) -> Iterator[str]:
    for events in verdict.planned:
        what = f"planned {events.kind} ({events.reason})"
        counts = f"{events.valid:,} events, {events.valid - events.good:,} bad"
        yield f"{what}: {counts}, {'left out' if events.excluded else 'counted'}"
