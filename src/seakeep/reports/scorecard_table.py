"""A scorecard as a table for a terminal or a CI log, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from seakeep.plain import one_line
from seakeep.reports.experiment_run import ExperimentRun
from seakeep.reports.scorecard import Scorecard, ScorecardRow
from seakeep.reports.scorecard_words import budget_told, correction_told, trend_told
from seakeep.reports.wording import percent, seconds, span

__all__ = ["scorecard_table"]

_STYLES = {
    "held": "green",
    "deviated": "bold red",
    "refused": "yellow",
    "skipped": "dim",
    "tool_failed": "magenta",
    "not_recovered": "bold white on red",
}
_COUNTS = (
    ("held", "held", "held"),
    ("dev.", "deviated", "deviated"),
    ("ref.", "refused", "refused"),
    ("fail", "failed", "tool_failed"),
    ("skip", "skipped", "skipped"),
)
_UNKNOWN = "-"


def scorecard_table(card: Scorecard) -> RenderableType:
    """Return a row per experiment, and beneath them how each one's recovery changed."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("experiment", no_wrap=True, overflow="ellipsis", max_width=20)
    for head, _, _ in _COUNTS:
        table.add_column(head, justify="right", no_wrap=True, min_width=4)
    table.add_column("last", no_wrap=True)
    for head in ("detect", "recover", "worst"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in card.rows:
        table.add_row(*_cells(row, card))
    return Group(table, Text(""), *_beneath(card))


def _cells(row: ScorecardRow, card: Scorecard) -> Iterator[Text | str]:
    yield Text(one_line(row.experiment))
    for _, state, style in _COUNTS:
        found = row.states.get(state, 0)  # type: ignore[call-overload]
        yield Text(str(found), style=_STYLES[style] if found else "dim")
    yield Text("never") if row.last is None else _last(row.last, card)
    for value in (row.detect_p50_s, row.recover_p50_s):
        yield _UNKNOWN if value is None else seconds(value)
    yield _UNKNOWN if row.worst_error_ratio is None else percent(row.worst_error_ratio)


def _last(run: ExperimentRun, card: Scorecard) -> Text:
    when = span(max(1.0, (card.until - run.at).total_seconds())).split()[0]
    return Text.assemble((run.words, _STYLES[run.ending]), f" {when} ago")


def _beneath(card: Scorecard) -> Iterator[Text]:
    for row in card.rows:
        yield Text.assemble((f"{one_line(row.experiment, 60)}: ", "bold"), "; ".join(_notes(row)))
    yield Text("")
    yield Text(f"detect, recover: medians; worst: of bad answers in a second; in {_period(card)}")
    if spent := card.budget_spent:
        told = ", ".join(
            f"{percent(share)} of {one_line(name, 60)}" for name, share in spent.items()
        )
        yield Text(f"error budget spent by all experiments: {told}")
    if correction := correction_told(card):
        yield Text(correction)


def _notes(row: ScorecardRow) -> Iterator[str]:
    yield trend_told(row.trend)
    if budget := budget_told(row):
        yield f"spent {budget}"
    if row.not_recovered:
        yield f"{row.not_recovered} of the failed did not recover"
    run = row.last
    if run is not None and run.ending not in {"held", "skipped"}:
        yield f"last: {one_line(run.message or run.cause)}"


def _period(card: Scorecard) -> str:
    return f"the last {span((card.until - card.since).total_seconds())}"
