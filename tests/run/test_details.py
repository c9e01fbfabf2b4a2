"""What a step of a run says of its load in a line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from seakeep.generator import GeneratorSecond
from seakeep.histogram import Histogram
from seakeep.observation import Batch, Kind, Observation, Outcome
from seakeep.run.details import load_detail

_START = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)


def _batch(second: int, count: int, outcome: Outcome = Outcome.GOOD) -> Observation:
    durations = Histogram([0.1] * count)
    return Observation(
        at=_START + timedelta(seconds=second),
        platform="shop",
        kind=Kind.LOAD,
        name="GET /",
        location="here",
        run_id="run",
        outcome=outcome,
        duration_s=0.1,
        batch=Batch(count=count, shortest_s=0.1, durations=durations, service=durations),
    )


def _second(second: int) -> GeneratorSecond:
    return GeneratorSecond(
        at=_START + timedelta(seconds=second),
        platform="shop",
        scenario="browse",
        run_id="run",
        location="here",
        process="1",
        due=50,
        started=50,
    )


def test_load_without_requests_says_so() -> None:
    assert load_detail([]) == "no requests"
    assert load_detail([_second(0).observation()]) == "no requests"


def test_load_is_told_by_its_requests_and_not_by_its_batches() -> None:
    seen = [_batch(second, 50) for second in range(10)]
    seen += [_batch(3, 2, Outcome.BAD), *(_second(at).observation() for at in range(10))]
    assert load_detail(seen) == "502 requests, 50/s, 2 bad, p95 100 ms"


def test_missed_arrivals_and_an_unfit_generator_are_told_too() -> None:
    unfit = replace(_second(1), started=45, missed=5, unfit="late by 0.4 s").observation()
    seen = [_batch(0, 50), _batch(1, 45, Outcome.INVALID), _second(0).observation(), unfit]
    assert load_detail(seen) == (
        "95 requests, 25/s, 0 bad, 45 invalid, p95 100 ms, 5 of 100 arrivals missed; the load "
        "generator was unfit for 1 of 2 seconds (late by 0.4 s); the requests of that time are "
        "invalid and say nothing of the platform"
    )
