"""The lines that a load run ends with."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from rich.console import Console

from seakeep.causes import Cause
from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram, bucket
from seakeep.load.run_table import request_rows, request_table, run_sentences
from seakeep.load_summary import summarize_load
from seakeep.observation import Batch, Kind, Observation, Outcome


def seen(name: str, count: int = 3, cause: str = "") -> Observation:
    durations = Histogram.of_positive({bucket(0.01): count})
    return Observation(
        at=datetime(2026, 1, 31, tzinfo=UTC),
        platform="harbour",
        kind=Kind.LOAD,
        name=name,
        location="here",
        run_id="run-1",
        outcome=Outcome.INVALID if cause else Outcome.GOOD,
        cause=cause,
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


def test_invalid_requests_have_a_column_where_there_are_any() -> None:
    assert "invalid" not in told(seen("GET /"), seen("GET /work"))
    head, home, work, total = told(
        seen("GET /", cause=Cause.CUT_OFF), seen("GET /"), seen("GET /work", 2)
    ).splitlines()
    assert head.split()[:5] == ["request", "count", "bad", "invalid", "p50"]
    assert home.split()[1:5] == ["/", "6", "-", "3"]
    assert work.split()[1:5] == ["/work", "2", "-", "-"]
    assert total.split()[2:6] == ["8", "-", "3", "10"]


def second(**told: object) -> Observation:
    return GeneratorSecond(
        at=datetime(2026, 1, 31, tzinfo=UTC),
        platform="harbour",
        scenario="work",
        run_id="run-1",
        location="here",
        process="one",
        **told,  # type: ignore[arg-type]
    ).observation()


def sentences(*observations: Observation) -> tuple[str, ...]:
    return run_sentences("work", summarize_load(observations), 0, ())


def test_a_run_is_told_in_one_sentence_with_its_arrivals() -> None:
    assert sentences(seen("GET /"), second(due=3, started=3)) == (
        "work: 3 requests in 1.0 s; 3 of 3 arrivals started",
    )


def test_the_generator_is_blamed_for_no_more_than_its_own() -> None:
    _, *doubts = sentences(
        seen("GET /", 50),
        seen("GET /", 5, cause=Cause.GENERATOR_SATURATED),
        seen("GET /", 2, cause=Cause.CUT_OFF),
        seen("GET /", 1, cause=Cause.FOREIGN_HOST),
        second(unfit="late by 0.4 s"),
    )
    assert doubts == [
        (
            "the load generator was unfit for 1 of 1 seconds (late by 0.4 s); the requests of that "
            "time are invalid and say nothing of the platform (5 of 58); give it more --processes, "
            "or less to do"
        ),
        "2 invalid: on their way when the run was stopped",
        "1 invalid: not sent, since they led to a host that is not the platform's",
    ]


def test_a_generator_that_was_fit_is_not_blamed_for_who_was_cut_off() -> None:
    _, *doubts = sentences(seen("GET /", 4, cause=Cause.CUT_OFF), seen("GET /"), second())
    assert doubts == ["4 invalid: on their way when the run was stopped"]
