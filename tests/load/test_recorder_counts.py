"""What is counted of requests is what a log of each one would tell."""

from __future__ import annotations

import math
import tracemalloc
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.causes import Cause
from seakeep.histogram import ACCURACY, Histogram
from seakeep.load.recorder import LATE_S, MOST_NAMES, OTHER_NAMES, Unfit
from seakeep.observation import Observation, Outcome
from tests.load.recording import (
    FAILURES,
    LIMITS_S,
    START,
    Request,
    only,
    recorder,
    stored,
    with_trace,
)

durations_ms = st.one_of(
    st.sampled_from([100.0, 300.0, 1000.0, 0.0, math.nextafter(300.0, 400.0)]),
    st.floats(0.01, 60_000),
)
requests = st.builds(
    Request,
    at=st.integers(0, 4095).map(lambda part: START + part / 1024),
    response_ms=durations_ms,
    late_s=st.floats(0, 1.5),
    name=st.sampled_from(["/", "/courses/[course]"]),
    status=st.sampled_from([200, 503, 0]),
    cause=st.sampled_from(sorted(FAILURES)),
)

Key = tuple[int, str, object, str]


def key_of(seen: Observation) -> Key:
    second = int(seen.at.timestamp())
    return second, seen.name.removeprefix("GET "), seen.attributes.get("status", 0), seen.cause


def check_percentiles(histogram: Histogram, values: list[float]) -> None:
    for share in (0.0, 0.5, 0.95, 0.99, 1.0):
        want = sorted(values)[max(1, math.ceil(round(share * len(values), 9))) - 1]
        assert histogram.quantile(share) == pytest.approx(max(want, 1e-9), rel=ACCURACY * 1.000001)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(requests, max_size=25), max_size=4))
def test_counts_and_durations_are_those_of_a_log_of_each_request(
    batches: list[list[Request]],
) -> None:
    counting, seen = recorder(), []
    for batch in batches:
        for request in batch:
            request.fire(counting)
        seen += stored(counting.take())
    log: dict[Key, list[Request]] = defaultdict(list)
    for request in (each for batch in batches for each in batch):
        log[int(request.at), request.name, request.status, request.cause].append(request)
    told: dict[Key, list[Observation]] = defaultdict(list)
    for each in seen:
        told[key_of(each)].append(each)
    assert told.keys() == log.keys()
    assert counting.requests == sum(map(len, batches))
    for key, alike in log.items():
        check_alike(told[key], alike)


def check_alike(told: list[Observation], log: list[Request]) -> None:
    durations, service = Histogram(), Histogram()
    batches = [each.batch for each in told if each.batch]
    for batch in batches:
        durations.merge(batch.durations)
        service.merge(batch.service)
    assert sum(each.events for each in told) == len(log) == durations.count == service.count
    assert min(batch.shortest_s for batch in batches) == min(r.duration_s for r in log)
    assert max(each.duration_s for each in told) == max(r.duration_s for r in log)
    first = min(each.at for each in told).timestamp()
    assert first == pytest.approx(min(r.at for r in log), abs=1e-5)
    for limit_s in LIMITS_S:
        for each, batch in zip(told, batches, strict=True):
            assert each.duration_s <= limit_s or batch.shortest_s > limit_s
        within = sum(each.events for each in told if each.duration_s <= limit_s)
        assert within == sum(request.duration_s <= limit_s for request in log)
    check_percentiles(durations, [request.duration_s for request in log])
    check_percentiles(service, [request.service_s for request in log])


def test_a_duration_equal_to_a_limit_is_within_it() -> None:
    counting = recorder()
    for ms in (299.0, 300.0, math.nextafter(300.0, 400.0), 301.0):
        Request(START, ms, 0.0, "/", 200, "").fire(counting)
    within, beyond = sorted(stored(counting.take()), key=lambda each: each.duration_s)
    assert (within.events, within.duration_s) == (2, 0.3)
    assert beyond.events == 2
    assert beyond.batch is not None
    assert beyond.batch.shortest_s > 0.3


def test_how_far_requests_of_a_second_are_apart_is_told() -> None:
    counting = recorder()
    for at in (START + 0.75, START + 0.25, START + 0.5):
        Request(at, 5.0, 0.0, "/", 200, "").fire(counting)
    found = only(counting)
    assert found.at == datetime.fromtimestamp(START + 0.25, UTC)
    assert found.attributes == {"scenario": "browse", "spread_s": 0.5, "status": 200}


def test_what_is_taken_is_not_taken_again_and_a_new_run_starts_at_nought() -> None:
    counting = recorder()
    Request(START, 5.0, 0.0, "/", 200, "").fire(counting)
    assert len(counting.take()) == 1
    assert counting.take() == []
    Request(START, 5.0, 0.0, "/", 200, "").fire(counting)
    assert counting.requests == 2
    counting.begin()
    assert (counting.take(), counting.requests) == ([], 0)


def test_very_many_names_are_counted_under_one() -> None:
    counting = recorder()
    for nth in range(MOST_NAMES + 50):
        for _ in range(2):
            Request(START, 5.0, 0.0, f"/course/{nth}", 200, "").fire(counting)
    counts = Counter({each.name: each.events for each in counting.take()})
    assert len(counts) == MOST_NAMES + 1
    assert counts[f"GET {OTHER_NAMES}"] == 100
    assert counts["GET /course/0"] == 2
    for name in ("/course/0", "/another"):
        Request(START + 1, 5.0, 0.0, name, 200, "").fire(counting)
    assert {each.name for each in counting.take()} == {"GET /course/0", f"GET {OTHER_NAMES}"}


def test_the_first_of_very_many_names_is_the_example() -> None:
    counting = recorder()
    for nth in range(MOST_NAMES + 3):
        counting.on_request(
            request_type="GET",
            name=f"/{nth}",
            response_time=1.0,
            start_time=START,
            exception=with_trace(f"failure {nth}", f"{nth:032d}"),
            context={LATE_S: 0.0},
        )
    found = next(each for each in counting.take() if OTHER_NAMES in each.name)
    assert (found.events, found.message) == (3, f"failure {MOST_NAMES}")
    assert found.attributes["trace_id"] == f"{MOST_NAMES:032d}"


def test_requests_without_a_socket_are_told_until_they_are_taken() -> None:
    counting = recorder()
    for number in (24, 99, 111):
        counting.on_request(
            request_type="GET", name="/", response_time=1.0, exception=OSError(number, "?")
        )
    assert counting.out_of_sockets == 2
    counting.take()
    assert counting.out_of_sockets == 0


def test_a_status_says_enough_of_itself() -> None:
    counting = recorder()
    Request(START, 5.0, 0.0, "/", 503, Cause.STATUS).fire(counting)
    assert only(counting).message == "answered 503"


def test_seconds_in_which_the_generator_was_unfit_are_invalid() -> None:
    counting = recorder()
    for at in (START, START + 1, START + 2):
        Request(at, 5.0, 0.0, "/", 200, "").fire(counting)
        Request(at, 5.0, 0.0, "/fail", 503, Cause.STATUS).fire(counting)
    late = Unfit("it was late by 300 ms", 0.3)
    seen = counting.take({int(START): late, int(START) + 1: late})
    unfit = [each for each in seen if each.outcome is Outcome.INVALID]
    assert {each.at.timestamp() for each in unfit} == {START, START + 1}
    assert len(unfit) == 4
    assert {(each.cause, each.message) for each in unfit} == {
        (Cause.GENERATOR_SATURATED, "it was late by 300 ms")
    }


def test_a_slow_answer_stays_slow_when_the_generator_was_late_while_it_was_under_way() -> None:
    counting = recorder()
    for response_ms in (50.0, 250.0, 700.0, 4000.0):
        Request(START, response_ms, 0.0, f"/{response_ms:g}", 200, "").fire(counting)
    Request(START, 4000.0, 0.0, "/fail", 503, Cause.STATUS).fire(counting)
    seen = counting.take({int(START) + 1: Unfit("it was late by 500 ms", 0.5)})
    assert {each.name: each.outcome for each in seen} == {
        "GET /50": Outcome.GOOD,  # within every limit, in spite of the delay
        "GET /250": Outcome.INVALID,  # without it, perhaps within 100 ms
        "GET /700": Outcome.INVALID,  # perhaps within 300 ms
        "GET /4000": Outcome.GOOD,  # that is, answered: and far above all limits
        "GET /fail": Outcome.BAD,
    }


def test_unfit_seconds_take_slow_and_fast_answers_alike() -> None:
    """With a fifth of the answers slow, a fifth of those that are left is slow."""
    counting = recorder()
    for second in range(60):
        for nth in range(10):
            slow = nth < 2
            Request(START + second, 4000.0 if slow else 20.0, 0.0, "/", 200, "").fire(counting)
    unfit = {int(START) + second: Unfit("late", 0.35) for second in range(0, 60, 3)}
    seen = [each for each in counting.take(unfit) if each.outcome is not Outcome.INVALID]
    slow_ones = sum(each.events for each in seen if each.duration_s > 1)
    assert (slow_ones, sum(each.events for each in seen)) == (80, 400)


def test_memory_does_not_grow_with_requests_nor_with_seconds() -> None:
    """A thousand different durations a second, at most; then twice, then for a hundred seconds."""
    counting = recorder()

    def load(second: int, count: int) -> None:
        for nth in range(count):
            request = Request(START + second, 1.0 + (nth % 1000), 0.0, "/", 200, "")
            request.fire(counting)

    load(0, 1000)
    tracemalloc.start()
    try:
        load(0, 5_000)
        before, _ = tracemalloc.get_traced_memory()
        load(0, 20_000)
        pending, _ = tracemalloc.get_traced_memory()
        counting.take()
        for second in range(100):
            load(second, 100)
            counting.take()
            if second == 10:
                early, _ = tracemalloc.get_traced_memory()
        late, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert pending - before < 20_000
    assert late - early < 20_000
    assert counting.requests == 36_000
