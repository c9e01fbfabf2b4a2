"""Verdicts as a table for a terminal or a CI log, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seakeep.duration import format_duration
from seakeep.slo.verdict import State, Verdict

__all__ = ["percent", "verdict_table"]

_STYLES = {
    State.MET: "green",
    State.BREACHED: "bold red",
    State.INCONCLUSIVE: "yellow",
    State.NO_DATA: "red",
}
_BAR_CELLS = 6
_MOST_REASON = 400


def verdict_table(verdicts: Iterable[Verdict]) -> RenderableType:
    """Return a table of verdicts, and beneath it why those that are not met are not."""
    verdicts = tuple(verdicts)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("objective", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("target", justify="right", no_wrap=True)
    table.add_column("measured [interval]", no_wrap=True)
    table.add_column("state", no_wrap=True)
    table.add_column("budget left", no_wrap=True)
    table.add_column("burn", justify="right", no_wrap=True)
    table.add_column("gone in", justify="right", no_wrap=True)
    for verdict in verdicts:
        style = _STYLES[verdict.state]
        table.add_row(
            verdict.objective,
            percent(verdict.target),
            _measured(verdict),
            Text(verdict.state.replace("_", " "), style=style),
            _budget(verdict),
            "" if verdict.burn_rate is None else f"{verdict.burn_rate:.3g}x",
            _exhaustion(verdict),
        )
    return Group(
        table, *(_reason(v) for v in verdicts if v.reason or v.events_to_settle is not None)
    )


def percent(ratio: float) -> str:
    """Return a ratio in percent, with as many digits as it needs, at most four."""
    text = f"{ratio * 100:.4f}".rstrip("0").rstrip(".")
    return f"{text}%"


def _measured(verdict: Verdict) -> str:
    if verdict.estimate is None:
        return "-"
    bounds = f"[{verdict.lower * 100:.2f}, {verdict.upper * 100:.2f}]"
    return f"{verdict.estimate * 100:.2f}% {bounds} n={verdict.valid}"


def _budget(verdict: Verdict) -> str:
    left = verdict.budget_left
    if left is None:
        return ""
    filled = round(max(0.0, min(1.0, left)) * _BAR_CELLS)
    shown = f"{left:.0%}" if left > -10 else "overspent"
    return f"{'#' * filled}{'.' * (_BAR_CELLS - filled)} {shown}"


def _exhaustion(verdict: Verdict) -> str:
    if verdict.state is State.NO_DATA:
        return ""
    if verdict.exhaustion_s is None:
        return "never"
    return format_duration(verdict.exhaustion_s) if verdict.exhaustion_s else "gone"


def _reason(verdict: Verdict) -> Text:
    reason = verdict.reason
    if len(reason) > _MOST_REASON:
        reason = f"{reason[:_MOST_REASON]}..."
    if verdict.events_to_settle is not None:
        more = f"about {verdict.events_to_settle:,} more events would settle it"
        reason = f"{reason}; {more}" if reason else more
    return Text.assemble((f"{verdict.objective}: ", _STYLES[verdict.state]), reason)
