"""What a load run did, in a few lines for a terminal or a CI log, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from seakeep.load_summary import LoadSummary, RequestSummary, arrivals_told, doubts_told

__all__ = ["COLUMNS", "columns_of", "request_rows", "request_table", "run_sentences"]

COLUMNS = ("request", "count", "bad", "p50", "p95", "p99", "p99.9", "longest", "service p99")
"""What is told of requests: their response times, and the 99th percentile of service times."""

_INVALID_AT, _INVALID = 3, "invalid"
"""A column for what says nothing of the platform, where there is any of it."""

_MOST_NAMES = 20
_NAME_WIDTH = 34


def run_sentences(
    scenario: str, summary: LoadSummary, never_made: int, losses: Iterable[str]
) -> tuple[str, ...]:
    """Return the run in a sentence, and what makes its load less than was promised.

    Args:
        scenario: The scenario's name.
        summary: What was seen.
        never_made: Arrivals that were due, and that no process took.
        losses: The processes that were lost during the run, in words.
    """
    return (_told(scenario, summary), *doubts_told(summary, never_made, losses))


def request_rows(summary: LoadSummary) -> tuple[tuple[str, ...], ...]:
    """Return the cells of `columns_of` for the most frequent names, and for all together."""
    shown = summary.requests[:_MOST_NAMES]
    told = [*(shown if len(shown) > 1 else ()), *([summary.total] if shown else ())]
    has_invalid = summary.total.invalid > 0
    return tuple(_cells(request, has_invalid=has_invalid) for request in told)


def columns_of(rows: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Return `COLUMNS`, and one for invalid requests where the rows have it."""
    if rows and len(rows[0]) > len(COLUMNS):
        return (*COLUMNS[:_INVALID_AT], _INVALID, *COLUMNS[_INVALID_AT:])
    return COLUMNS


def request_table(rows: Sequence[tuple[str, ...]]) -> Table:
    """Return the rows as a table; names are no markup, such as ``GET /courses/[course]``."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    name, *others = columns_of(rows)
    table.add_column(name, max_width=_NAME_WIDTH, overflow="ellipsis", no_wrap=True)
    for other in others:
        table.add_column(other, justify="right", no_wrap=True)
    for row in rows:
        is_total = row is rows[-1] and len(rows) > 1
        table.add_row(*(Text(cell) for cell in row), style="bold" if is_total else "")
    return table


def _told(scenario: str, summary: LoadSummary) -> str:
    text = f"{scenario}: {summary.total.count} requests"
    if summary.span_s:
        text += f" in {summary.span_s:.1f} s"
    arrivals = arrivals_told(summary.arrivals)
    return f"{text}; {arrivals}" if arrivals else text


def _cells(request: RequestSummary, *, has_invalid: bool) -> tuple[str, ...]:
    response = request.response
    percentiles = (response.p50_s, response.p95_s, response.p99_s, response.p999_s, response.max_s)
    return (
        request.name,
        str(request.count),
        str(request.bad or "-"),
        *((str(request.invalid or "-"),) if has_invalid else ()),
        *(_milliseconds(seconds) for seconds in percentiles),
        _milliseconds(request.service.p99_s),
    )


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    ms = seconds * 1000
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
