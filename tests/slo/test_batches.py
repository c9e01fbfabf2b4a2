"""Requests count the same one by one, in batches, and in any mixture of both."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.histogram import ACCURACY
from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo.objective import Goodness, ObservedRatio, Operator, Selector, Threshold
from seakeep.slo.rollup_fold import fingerprint, fold
from seakeep.slo.slices import merged
from seakeep.slo.source_rollup import tally_rollup
from seakeep.slo.source_seakeep import Scope, tally_events
from seakeep.slo.verdict import Tally
from seakeep.store import Store, open_store
from tests.slo.observed import NOW, as_batch, attributes, batches, single

LOAD = Selector(kinds=(Kind.LOAD,))
SCOPE = Scope(platform="p", start=NOW - timedelta(minutes=3), end=NOW - timedelta(microseconds=1))
_GAMMA = (1 + ACCURACY) / (1 - ACCURACY)  # from one bucket to the next

moments = st.one_of(
    st.integers(-120, -1).map(lambda s: NOW + timedelta(seconds=s)),
    st.integers(-2_000_000, -1).map(lambda us: NOW + timedelta(microseconds=us)),
)
seconds = st.one_of(st.sampled_from([0.1, 0.5, 1.0]), st.floats(0.01, 3.0))
limits = st.sampled_from([0.1, 0.5, 1.0])
requests = st.builds(
    Observation,
    at=moments,
    platform=st.just("p"),
    kind=st.just(Kind.LOAD),
    name=st.sampled_from(["GET /", "POST /work"]),
    location=st.just("local"),
    run_id=st.just("r"),
    outcome=st.sampled_from(Outcome),
    duration_s=seconds,
    cause=st.sampled_from(["", "status", "reset"]),
    attributes=st.one_of(st.just({}), attributes),
)
goodnesses = st.builds(
    Goodness,
    needs_good_outcome=st.booleans(),
    max_duration_s=st.one_of(st.none(), limits),
    threshold=st.one_of(
        st.none(),
        st.builds(Threshold, operator=st.sampled_from(Operator), value=limits),
    ),
)


def grouped(
    seen: Iterable[Observation], good: Goodness, places: Sequence[int]
) -> list[Observation]:
    """Return batches of what is alike, is of one second, and no limit parts; 0 stays single.

    Args:
        seen: The requests.
        good: Whose limits part the durations.
        places: In which of several batches each request goes, in turns.
    """
    alike: dict[object, list[Observation]] = defaultdict(list)
    for number, one in enumerate(seen):
        place = places[number % len(places)]
        common = (one.name, one.outcome, one.cause, tuple(sorted(one.attributes.items(), key=str)))
        parted = tuple(limit.holds(one) for limit in good.duration_limits)
        key = (one.at.replace(microsecond=0), *common, parted, place or -number)
        alike[repr(key)].append(one)
    return [
        as_batch(min(some, key=lambda one: one.at), [one.duration_s for one in some])
        if len(some) > 1
        else some[0]
        for some in alike.values()
    ]


def rolled_up(store: Store, indicator: ObservedRatio, slice_s: float) -> Tally:
    rollup = fold(store, "p", [indicator])[fingerprint(indicator)]
    return tally_rollup(store, indicator, rollup, SCOPE, slice_s=slice_s, share=0.9)[0]


def counts(tally: Tally) -> tuple[object, ...]:
    return (tally.good, tally.bad, tally.invalid, tally.top_causes, tally.first_at, tally.slices)


@given(
    st.lists(requests, max_size=60),
    goodnesses,
    st.lists(st.integers(0, 2), min_size=1, max_size=5),
    st.sampled_from([1.0, 7.0, 60.0]),
)
@settings(deadline=None, max_examples=70)
def test_requests_give_the_same_tally_one_by_one_and_in_batches(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Observation],
    good: Goodness,
    places: list[int],
    slice_s: float,
) -> None:
    indicator = ObservedRatio(events=LOAD, good=good)
    with open_store(tmp_path_factory.mktemp("s")) as singly:
        singly.record_many(seen)
        one_by_one = tally_events(singly, indicator, SCOPE, slice_s=slice_s, share=0.9)
    with open_store(tmp_path_factory.mktemp("s")) as store:
        store.record_many(grouped(seen, good, places))
        together = tally_events(store, indicator, SCOPE, slice_s=slice_s, share=0.9)
        folded = rolled_up(store, indicator, slice_s)
    assert counts(together) == counts(one_by_one)
    assert counts(folded) == counts(one_by_one)
    for tally in (together, folded):
        if one_by_one.quantile_s is None:
            assert tally.quantile_s is None
        else:
            assert tally.quantile_s == pytest.approx(one_by_one.quantile_s, rel=ACCURACY * 1.001)


@given(
    st.lists(st.one_of(single, batches), max_size=20),
    goodnesses,
    st.sampled_from([(Kind.LOAD,), (Kind.LOAD, Kind.PROBE)]),
)
@settings(deadline=None, max_examples=70)
def test_sql_and_python_count_the_same_good_events_of_any_batch(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[Observation],
    good: Goodness,
    kinds: tuple[Kind, ...],
) -> None:
    everything = Scope(platform="p", start=NOW - timedelta(days=9), end=NOW + timedelta(days=9))
    mine = [one for one in seen if one.platform == "p" and one.kind in kinds]
    valid = [one for one in mine if one.outcome is not Outcome.INVALID]
    with open_store(tmp_path_factory.mktemp("s")) as store:
        store.record_many(seen)
        indicator = ObservedRatio(events=Selector(kinds=kinds), good=good)
        tally = tally_events(store, indicator, everything)
    assert tally.good == sum(good.good_events(one) for one in valid)
    assert tally.valid == sum(one.events for one in valid)
    assert tally.invalid == sum(one.events for one in mine) - tally.valid
    assert sum(count for _, count in tally.top_causes) == tally.bad


@given(
    st.lists(st.floats(0.001, 10.0), min_size=1, max_size=60),
    st.sampled_from(Operator),
    st.floats(0.001, 10.0),
)
def test_a_limit_that_parts_a_batch_is_told_within_a_bucket(
    durations: list[float], operator: Operator, limit_s: float
) -> None:
    request = Observation(
        at=NOW,
        platform="p",
        kind=Kind.LOAD,
        name="GET /",
        location="local",
        run_id="r",
        outcome=Outcome.GOOD,
        duration_s=1.0,
    )
    good = Goodness(threshold=Threshold(operator=operator, value=limit_s))
    found = good.good_events(as_batch(request, durations))

    def exactly(at_s: float) -> int:
        return sum(operator.holds(duration, at_s) for duration in durations)

    near = (exactly(limit_s / _GAMMA), exactly(limit_s), exactly(limit_s * _GAMMA))
    assert min(near) <= found <= max(near)
    assert (found == len(durations)) == (exactly(limit_s) == len(durations))
    assert (found == 0) == (exactly(limit_s) == 0)


def browsed(second: int, count: int, outcome: Outcome = Outcome.GOOD) -> Observation:
    at = NOW - timedelta(seconds=20 - second, microseconds=-7000)
    one = Observation(
        at=at if outcome is Outcome.GOOD else at + timedelta(milliseconds=700),
        platform="p",
        kind=Kind.LOAD,
        name="GET /",
        location="local",
        run_id="r",
        outcome=outcome,
        duration_s=1.0,
        cause="" if outcome is Outcome.GOOD else "status",
        message="" if outcome is Outcome.GOOD else "wanted 200, got 503",
    )
    return as_batch(one, [0.2 + 0.001 * index for index in range(count)])


def test_a_batch_is_never_told_apart_by_slices_shorter_than_its_second(tmp_path: Path) -> None:
    """Else the errors of a second would be a cluster: they have a batch to themselves."""
    with open_store(tmp_path) as store:
        for second in range(20):
            store.record(browsed(second, 90), browsed(second, 10, Outcome.BAD))
        indicator = ObservedRatio(events=LOAD, good=Goodness())
        tally = tally_events(store, indicator, SCOPE)
        shorter = tally_events(store, indicator, SCOPE, slice_s=0.2)
        folded = rolled_up(store, indicator, 0.0)
    assert tally.slices is not None
    assert (tally.slices.length_s, set(tally.slices.valid)) == (1.0, {100})
    assert set(tally.slices.good) == {90}
    assert shorter.slices == folded.slices == tally.slices == merged(tally.slices, 1.0)


def test_the_causes_of_a_batch_weigh_as_many_events_as_were_bad(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.record(browsed(1, 100), browsed(2, 7, Outcome.BAD))
        indicator = ObservedRatio(events=LOAD, good=Goodness(max_duration_s=0.2795))
        tally = tally_events(store, indicator, SCOPE)
    (slow, few), (status, all_bad) = sorted(tally.top_causes)
    assert (slow, status) == ("slow", "status")
    assert all_bad == 7
    assert few == pytest.approx(20, abs=6)  # a bucket is 2% wide: some 5 requests
    assert tally.bad == few + all_bad
    assert tally.example == "GET /: wanted 200, got 503"


def test_a_percentile_of_batches_is_near_that_of_their_requests(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.record_many(browsed(second, 300) for second in range(20))
        indicator = ObservedRatio(events=LOAD, good=Goodness(max_duration_s=5.0))
        tally = tally_events(store, indicator, SCOPE, share=0.99)
    ordered = sorted(0.2 + 0.001 * index for index in range(300) for _ in range(20))
    wanted = ordered[math.ceil(0.99 * len(ordered)) - 1]
    assert tally.quantile_s == pytest.approx(wanted, rel=ACCURACY * 1.001)


def test_a_window_counts_a_batch_by_its_begin(tmp_path: Path) -> None:
    def counted(start: datetime) -> int:
        scope = Scope(platform="p", start=start, end=NOW)
        return tally_events(store, ObservedRatio(events=LOAD, good=Goodness()), scope).valid

    with open_store(tmp_path) as store:
        seen = browsed(5, 50)
        store.record(seen)
        assert counted(seen.at) == 50
        assert counted(seen.at + timedelta(microseconds=1)) == 0
