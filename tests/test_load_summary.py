from __future__ import annotations

import gc
import math
import tracemalloc
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.generator import GeneratorSecond
from seakeep.histogram import ACCURACY, Histogram
from seakeep.load_summary import OTHER, LoadSummary, LoadSummer, summarize_load
from seakeep.observation import Batch, Kind, Observation, Outcome

_START = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
_NEAR = ACCURACY * 1.001


def _one(
    at_s: float, duration_s: float, outcome: Outcome = Outcome.GOOD, *, name: str = "GET /"
) -> Observation:
    return Observation(
        at=_START + timedelta(seconds=at_s),
        platform="shop",
        kind=Kind.LOAD,
        name=name,
        location="here",
        run_id="run",
        outcome=outcome,
        duration_s=duration_s,
        cause="" if outcome is Outcome.GOOD else "status",
        message="" if outcome is Outcome.GOOD else f"got 503 after {at_s:g} s",
    )


def _batch(
    at_s: float, durations: list[float], outcome: Outcome = Outcome.GOOD, waited_s: float = 0.0
) -> Observation:
    one = _one(at_s, max(durations), outcome)
    service = [duration - waited_s for duration in durations]
    return Observation(
        **{field: getattr(one, field) for field in one.__slots__ if field != "batch"},
        batch=Batch(
            count=len(durations),
            shortest_s=min(durations),
            durations=Histogram(durations),
            service=Histogram(service),
        ),
    )


def _second(at_s: float, **fields: object) -> Observation:
    told = {"process": "1", **fields}
    return GeneratorSecond(
        at=_START + timedelta(seconds=at_s),
        platform="shop",
        scenario="browse",
        run_id="run",
        location="here",
        **told,  # type: ignore[arg-type]
    ).observation()


def _rank(durations: Iterable[float], share: float) -> float:
    ordered = sorted(durations)
    return ordered[max(1, math.ceil(round(share * len(ordered), 9))) - 1]


def test_nothing_seen_is_summed_up_as_nothing() -> None:
    told = summarize_load([])
    assert (told.requests, told.span_s, told.requests_per_s) == ((), 0.0, 0.0)
    assert told.total.error_share is None
    assert told.total.response.p99_s is None
    assert told.arrivals.missed_share == 0.0
    assert told.generator.is_fit


@given(
    st.lists(st.floats(0.0001, 100.0), min_size=1, max_size=60),
    st.lists(st.floats(0.0001, 100.0), max_size=20),
)
def test_percentiles_of_batches_and_single_requests_are_near_those_of_all(
    batched: list[float], single: list[float]
) -> None:
    seen = [_batch(0, batched), *(_one(1, duration) for duration in single)]
    total = summarize_load(seen).total
    assert total.count == len(batched) + len(single)
    for share, found in (
        (0.5, total.response.p50_s),
        (0.95, total.response.p95_s),
        (0.99, total.response.p99_s),
        (0.999, total.response.p999_s),
    ):
        assert found == pytest.approx(_rank([*batched, *single], share), rel=_NEAR)
    assert total.response.max_s == max([*batched, *single])
    assert total.response.total_s == pytest.approx(sum([*batched, *single]), rel=_NEAR)


def test_requests_are_counted_by_name_and_outcome_with_the_causes_of_errors() -> None:
    told = summarize_load(
        [
            _batch(0, [0.1] * 90),
            _batch(0.5, [0.2] * 10, Outcome.BAD),
            _batch(1, [9.0] * 50, Outcome.INVALID),
            _one(1.5, 0.1, Outcome.BAD),
            _one(1.5, 0.1, name="GET /work"),
        ]
    )
    home, work = told.requests
    assert (home.name, home.good, home.bad, home.invalid) == ("GET /", 90, 11, 50)
    assert home.error_share == pytest.approx(11 / 101)
    assert home.causes == (("status", 11),)
    assert home.message == "got 503 after 1.5 s"
    assert home.response.max_s == 0.2  # of the valid ones
    assert (work.name, work.count) == ("GET /work", 1)
    assert told.total.count == 152


def test_service_times_are_those_of_batches_alone() -> None:
    told = summarize_load([_batch(0, [1.2] * 10, waited_s=1.0), _one(0, 0.5)])
    assert told.total.service.p99_s == pytest.approx(0.2, rel=_NEAR)
    assert told.total.response.p99_s == pytest.approx(1.2, rel=_NEAR)
    assert summarize_load([_one(0, 0.5)]).total.service.p99_s is None


def test_a_batch_lasts_for_the_whole_second_that_it_belongs_to() -> None:
    told = summarize_load(_batch(second + 0.005, [0.02] * 100) for second in range(10))
    assert told.span_s == pytest.approx(9.995)
    assert told.requests_per_s == pytest.approx(100, rel=0.001)


def test_very_many_names_are_put_together() -> None:
    told = summarize_load(_one(0, 0.1, name=f"GET /item/{n}") for n in range(250))
    assert len(told.requests) == 201
    assert (told.requests[-1].name, told.requests[-1].count) == (OTHER, 50)


def _arrived() -> LoadSummary:
    return summarize_load(
        [
            _second(0, due=50, started=50, lag_s=0.01, cpu=0.4),
            _second(1, due=50, started=40, late=5, waiting=8, missed=2, unfit="late by 0.4 s"),
            _second(1.2, process="2", due=50, started=45, waiting=5, held_back=3, cpu=0.9),
            _second(2, due=50, started=50, lag_s=0.4),
        ]
    )


def test_arrivals_of_all_processes_add_up() -> None:
    arrivals = _arrived().arrivals
    assert (arrivals.due, arrivals.started, arrivals.late) == (200, 185, 5)
    assert (arrivals.missed, arrivals.missed_share) == (2, 0.01)
    assert (arrivals.most_waiting, arrivals.held_back) == (13, 3)
    assert [one.scenario for one in _arrived().scenarios] == ["browse"]


def test_a_second_is_unfit_when_one_of_its_processes_was() -> None:
    generator = _arrived().generator
    assert (generator.seconds, generator.unfit_seconds, generator.processes) == (3, 1, 2)
    assert not generator.is_fit
    assert generator.why == "late by 0.4 s"
    assert (generator.most_lag_s, generator.most_cpu) == (0.4, 0.9)


def test_hours_take_no_more_memory_than_minutes_and_are_counted_as_well() -> None:
    summer = LoadSummer()

    def grow(seconds: range) -> int:
        """Return by how many bytes it grew."""
        gc.collect()
        before = tracemalloc.get_traced_memory()[0]
        for at_s in seconds:
            for process in ("1", "2"):
                unfit = "late" if at_s % 10 == 0 and process == "1" else ""
                told = {"process": process, "due": 5, "waiting": at_s % 7, "unfit": unfit}
                summer.add(_second(at_s, **told))
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before

    tracemalloc.start()
    try:
        first, later = grow(range(600)), grow(range(600, 3000))
    finally:
        tracemalloc.stop()
    assert later < min(first, 10_000)
    told = summer.summary()
    assert (told.generator.seconds, told.generator.unfit_seconds) == (3000, 300)
    assert (told.arrivals.due, told.arrivals.most_waiting) == (30_000, 12)


def test_a_process_whose_clock_is_far_behind_counts_and_is_not_called_fit() -> None:
    summer = LoadSummer()
    for at_s in range(300):
        summer.add(_second(at_s, due=1, waiting=1))
        summer.add(_second(at_s - 1000, process="2", due=1, waiting=3, unfit="late"))
    told = summer.summary()
    assert (told.generator.seconds, told.generator.unfit_seconds) == (300, 180)
    assert (told.arrivals.due, told.arrivals.most_waiting) == (600, 3)


def test_generator_seconds_alone_are_no_load() -> None:
    told = _arrived()
    assert (told.requests, told.span_s) == ((), 0.0)


def test_what_the_target_said_is_fit_to_print() -> None:
    (request,) = summarize_load([_one(0, 0.1, name="GET /\x1b[31m\u202e")]).requests
    assert "\x1b" not in request.name
    assert "\u202e" not in request.name


@given(st.lists(st.one_of(st.just(0.0), st.floats(1e-9, 1e6)), max_size=50))
def test_a_histogram_grown_value_by_value_is_that_of_all(values: list[float]) -> None:
    grown = Histogram()
    for value in values:
        grown.add(value)
        grown.add(-value)
    assert grown == Histogram([*values, *(-value for value in values)])
