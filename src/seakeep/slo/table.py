"""Verdicts as a table for a terminal or a CI log, at most 100 columns wide."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from seakeep.duration import format_duration
from seakeep.slo.notes import notes
from seakeep.slo.verdict import State, Verdict

__all__ = ["measured", "percent", "verdict_lines", "verdict_table"]

_STYLES = {
    State.MET: "green",
    State.BREACHED: "bold red",
    State.INCONCLUSIVE: "yellow",
    State.NO_DATA: "red",
}
_BAR_CELLS = 6
_WIDTH = 100
# Whether the time to exhaustion has its interval, how wide names are, and the gaps; the first that
# fits.
_FITS = ((True, 24, 2), (True, 18, 1), (False, 24, 2), (False, 18, 1), (False, 12, 1))
_MOST_REASON = 400
_ROUNDING = 1e-6  # what binary fractions are off by


def verdict_table(verdicts: Iterable[Verdict]) -> RenderableType:
    """Return a table of verdicts, and beneath it what must be said of each.

    The time to exhaustion comes with its interval where that fits into the width.
    """
    verdicts = tuple(verdicts)
    measure = Console(width=10 * _WIDTH).measure
    tables = [
        _table(verdicts, name_width, gap, with_interval=with_interval)
        for with_interval, name_width, gap in _FITS
    ]
    table = next((one for one in tables if measure(one).maximum <= _WIDTH), tables[-1])
    return Group(table, *(_beneath(verdict) for verdict in verdicts if notes(verdict)))


def verdict_lines(verdicts: Iterable[Verdict]) -> list[str]:
    """Return the same as plain lines, for those who print by themselves."""
    console = Console(width=_WIDTH, file=io.StringIO(), highlight=False)
    with console.capture() as captured:
        console.print(verdict_table(verdicts))
    return [line.rstrip() for line in captured.get().splitlines()]


def _table(
    verdicts: tuple[Verdict, ...], name_width: int, gap: int, *, with_interval: bool
) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, gap, 0, 0), header_style="bold")
    table.add_column("objective", no_wrap=True, overflow="ellipsis", max_width=name_width)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column(r"measured \[interval]", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("budget left", no_wrap=True)
    table.add_column("burn", justify="right", no_wrap=True)
    table.add_column("gone in", no_wrap=True)
    for verdict in verdicts:
        table.add_row(
            verdict.objective,
            percent(verdict.target),
            measured(verdict),
            Text(verdict.state.replace("_", " "), style=_STYLES[verdict.state]),
            _budget(verdict),
            "" if verdict.burn_rate is None else _times(verdict.burn_rate),
            _exhaustion(verdict, with_interval=with_interval),
        )
    return table


def percent(ratio: float) -> str:
    """Return a ratio in percent, with as many digits as it needs, at most seven."""
    text = f"{ratio * 100:.7f}".rstrip("0").rstrip(".")
    return f"{text}%"


def measured(verdict: Verdict) -> str:
    """Return the measured share with its interval and its number of events; a dash for none."""
    if verdict.estimate is None:
        return "-"
    bounds = f"[{_down(verdict.lower)}, {_up(verdict.upper)}]"
    return f"{_down(verdict.estimate)}% {bounds} n={_count(verdict.valid)}"


def _down(ratio: float) -> str:
    """Percent to two decimals, never above the truth: 99.996% is not 100.00%."""
    return f"{math.floor(ratio * 10_000 + _ROUNDING) / 100:.2f}"


def _up(ratio: float) -> str:
    return f"{math.ceil(ratio * 10_000 - _ROUNDING) / 100:.2f}"


def _count(number: int) -> str:
    for unit, size in (("M", 1_000_000), ("k", 1000)):
        if number >= 100 * size:
            return f"{number / size:.0f}{unit}"
    return str(number)


def _times(rate: float) -> str:
    return f"{rate:.0f}x" if rate >= 10 else f"{rate:.2g}x"


def _budget(verdict: Verdict) -> str:
    left = verdict.budget_left
    if left is None:
        return ""
    filled = round(max(0.0, min(1.0, left)) * _BAR_CELLS)
    shown = f"{left:.0%}" if left > -10 else "overspent"
    return f"{'#' * filled}{'.' * (_BAR_CELLS - filled)} {shown}"


def _exhaustion(verdict: Verdict, *, with_interval: bool) -> str:
    if verdict.burn_rate is None:
        return ""
    if verdict.exhaustion_s == 0.0:
        return "gone"
    point = "never" if verdict.exhaustion_s is None else _short(verdict.exhaustion_s)
    lower, upper = verdict.exhaustion_lower_s, verdict.exhaustion_upper_s
    if not with_interval or lower is None:
        return point
    return f"{point} ({_short(lower)}{'+' if upper is None else f'-{_short(upper)}'})"


def _short(seconds: float) -> str:
    """A duration in one unit: beside an interval, more would feign precision."""
    for unit, length_s in (("d", 86_400.0), ("h", 3600.0), ("m", 60.0)):
        if seconds >= length_s:
            count = seconds / length_s
            return f"{count:.2g}{unit}" if count < 10 else f"{count:.0f}{unit}"
    return format_duration(seconds)


def _beneath(verdict: Verdict) -> Text:
    said = [
        f"{one[:_MOST_REASON]}..." if len(one) > _MOST_REASON else one for one in notes(verdict)
    ]
    return Text.assemble((f"{verdict.objective}: ", _STYLES[verdict.state]), "; ".join(said))
