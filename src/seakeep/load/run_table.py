"""What a load run did, in a few lines for a terminal or a CI log, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table
from rich.text import Text

from seakeep.load_summary import LoadSummary, RequestSummary

__all__ = ["COLUMNS", "request_rows", "request_table", "run_sentences"]

COLUMNS = ("request", "count", "bad", "p50", "p95", "p99", "p99.9", "longest", "service p99")
"""What is told of requests: their response times, and the 99th percentile of service times."""

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
    return (_told(scenario, summary), *_doubts(summary, never_made, losses))


def request_rows(summary: LoadSummary) -> tuple[tuple[str, ...], ...]:
    """Return the cells of `COLUMNS` for the most frequent names, and for all requests together."""
    shown = summary.requests[:_MOST_NAMES]
    rows = [_cells(request) for request in shown if len(shown) > 1]
    return (*rows, _cells(summary.total)) if shown else ()


def request_table(rows: Sequence[tuple[str, ...]]) -> Table:
    """Return the rows as a table; names are no markup, such as ``GET /courses/[course]``."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    name, *others = COLUMNS
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
    arrivals = summary.arrivals
    if arrivals.due:
        text += f"; {arrivals.due} arrivals due, {arrivals.started} started"
        text += f", {arrivals.late} of them late for want of a free user" if arrivals.late else ""
        text += f", {arrivals.missed} missed" if arrivals.missed else ""
    return text


def _doubts(summary: LoadSummary, never_made: int, losses: Iterable[str]) -> Iterable[str]:
    """Yield what makes the load less than was promised, or its times worth less."""
    yield from losses
    if never_made:
        yield f"{never_made} arrivals were due and made by nobody"
    if summary.arrivals.late and summary.generator.is_fit:
        yield "late arrivals count from when they were due; with more --users fewer would be late"
    if summary.arrivals.held_back:
        yield (
            f"{summary.arrivals.held_back} requests were held back by the platform's "
            "limits.max_rate; their times are without that"
        )
    fitness = summary.generator
    if not fitness.is_fit:
        yield (
            f"the load generator was not fit in {fitness.unfit_seconds} of {fitness.seconds} "
            f"seconds: {fitness.why}. Their {summary.total.invalid} requests are invalid, and not "
            "the platform's fault; give it more --processes, or less to do"
        )


def _cells(request: RequestSummary) -> tuple[str, ...]:
    response = request.response
    percentiles = (response.p50_s, response.p95_s, response.p99_s, response.p999_s, response.max_s)
    return (
        request.name,
        str(request.count),
        str(request.bad) if request.bad else "-",
        *(_milliseconds(seconds) for seconds in percentiles),
        _milliseconds(request.service.p99_s),
    )


def _milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return "-"
    ms = seconds * 1000
    return f"{ms:.0f} ms" if ms >= 10 else f"{ms:.1f} ms"
