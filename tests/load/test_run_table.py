"""The lines that a load run ends with."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from seakeep.histogram import Histogram, bucket
from seakeep.load.run_table import request_rows, request_table
from seakeep.load_summary import summarize_load
from seakeep.observation import Batch, Kind, Observation, Outcome


def seen(name: str, count: int = 3) -> Observation:
    durations = Histogram.of_positive({bucket(0.01): count})
    return Observation(
        at=datetime(2026, 1, 31, tzinfo=UTC),
        platform="harbour",
        kind=Kind.LOAD,
        name=name,
        location="here",
        run_id="run-1",
        outcome=Outcome.GOOD,
        duration_s=0.01,
        attributes={"scenario": "work"},
        batch=Batch(count=count, shortest_s=0.01, durations=durations, service=durations),
    )


def told(*observations: Observation) -> str:
    console = Console(width=100, file=io.StringIO())
    with console.capture() as captured:
        console.print(request_table(request_rows(summarize_load(observations))))
    return captured.get()


def test_a_name_with_brackets_is_told_as_it_is() -> None:
    said = told(seen("GET /courses/[course]"), seen("GET /[bold]"))
    assert "GET /courses/[course]" in said
    assert "GET /[bold]" in said


def test_a_name_that_is_markup_breaks_nothing() -> None:
    assert "GET /[/nothing]" in told(seen("GET /[/nothing]"), seen("GET /"))
