"""What a load run did, in a few lines for a terminal or a CI log, at most 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from seakeep.load_summary import LoadSummary, RequestSummary

__all__ = ["run_lines"]

_MOST_NAMES = 20
_NAME_WIDTH = 34


def run_lines(
    scenario: str, summary: LoadSummary, never_made: int, losses: Iterable[str]
) -> list[RenderableType]:
    """Return the run in a line, what is wrong with its load, and a table of its requests.

    Args:
        scenario: The scenario's name.
        summary: What was seen.
        never_made: Arrivals that were due, and that no process took.
        losses: The processes that were lost during the run, in words.
    """
    lines: list[RenderableType] = [_line(scenario, summary)]
    lines += [Text(line, style="yellow") for line in _doubts(summary, never_made, losses)]
    if summary.requests:
        lines.append(_table(summary))
    return lines


def _line(scenario: str, summary: LoadSummary) -> Text:
    text = f"{scenario}: {summary.total.count} requests"
    if summary.span_s:
        text += f" in {summary.span_s:.1f} s"
    arrivals = summary.arrivals
    if arrivals.due:
        text += f"; {arrivals.due} arrivals due, {arrivals.started} started"
        text += f", {arrivals.late} of them late for want of a free user" if arrivals.late else ""
        text += f", {arrivals.missed} missed" if arrivals.missed else ""
    return Text(text)


def _doubts(summary: LoadSummary, never_made: int, losses: Iterable[str]) -> Iterable[str]:
    """Yield what makes the load less than was promised, or its times worth less."""
    yield from losses
    if never_made:
        yield f"{never_made} arrivals were due and made by nobody"
    if summary.arrivals.late:
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


def _table(summary: LoadSummary) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("request", max_width=_NAME_WIDTH, overflow="ellipsis", no_wrap=True)
    for name in ("count", "bad", "p50", "p95", "p99", "p99.9", "longest", "service p99"):
        table.add_column(name, justify="right", no_wrap=True)
    shown = summary.requests[:_MOST_NAMES]
    for request in shown if len(shown) > 1 else ():
        table.add_row(*_cells(request))
    table.add_row(*_cells(summary.total), style="bold" if len(shown) > 1 else "")
    return table


def _cells(request: RequestSummary) -> tuple[str | Text, ...]:
    response = request.response
    percentiles = (response.p50_s, response.p95_s, response.p99_s, response.p999_s, response.max_s)
    return (
        Text(request.name),  # such as "GET /courses/[course]", which is no markup
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
