"""Values that are put into their buckets one by one, as those do who have thousands a second."""

from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.histogram import ACCURACY, Histogram, bucket

GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
durations = st.floats(1e-9, 1e6) | st.sampled_from([1e-9, 0.001, 0.1, 0.3, 1.0, 60.0])
# Where rounding decides: on the border of two buckets, and next to it
borders = st.integers(-1000, 1000).flatmap(
    lambda key: st.sampled_from(
        [GAMMA**key, math.nextafter(GAMMA**key, 0), math.nextafter(GAMMA**key, 1e9)]
    )
)
values = st.lists(durations | borders, max_size=40)


def counted(some: list[float]) -> Counter[int]:
    return Counter(bucket(value) for value in some)


@given(durations | borders)
def test_a_bucket_is_a_hundredth_wide_to_either_side(value: float) -> None:
    found = Histogram.of_positive({bucket(value): 1}).quantile(0.5)
    assert found == pytest.approx(value, rel=ACCURACY * (1 + 1e-9))


@given(st.lists(durations | borders, min_size=2, max_size=2))
def test_the_larger_value_is_never_in_the_lower_bucket(two: list[float]) -> None:
    small, large = sorted(two)
    assert bucket(small) <= bucket(large)


@given(values, st.integers(0, 5))
def test_values_counted_in_their_buckets_are_the_histogram_of_the_values(
    some: list[float], zeros: int
) -> None:
    made = Histogram.of_positive(counted(some), zeros)
    assert made == Histogram([*some, *[0.0] * zeros])
    assert made.count == len(some) + zeros
    assert Histogram.from_bytes(bytes(made)) == made


@given(values)
def test_values_added_one_by_one_are_those_taken_at_once(some: list[float]) -> None:
    one_by_one = Histogram()
    for value in some:
        one_by_one.add(value)
    assert one_by_one == Histogram(some) == Histogram.of_positive(counted(some))


@given(values, values)
def test_counts_of_two_processes_merge_without_loss(some: list[float], more: list[float]) -> None:
    merged = Histogram.of_positive(counted(some))
    merged.merge(Histogram.from_bytes(bytes(Histogram.of_positive(counted(more)))))
    assert merged == Histogram.of_positive(counted(some) + counted(more))


def test_what_was_counted_may_change_afterwards() -> None:
    counts = {bucket(0.1): 1}
    made = Histogram.of_positive(counts)
    counts[bucket(0.1)] = 100
    assert made.count == 1


@given(values, durations)
def test_the_count_within_a_limit_is_wrong_only_about_values_near_it(
    some: list[float], limit: float
) -> None:
    found = Histogram.of_positive(counted(some)).count_within(limit)
    sure = sum(value <= limit * (1 - 2 * ACCURACY) for value in some)
    maybe = sum(value <= limit * (1 + 2.1 * ACCURACY) for value in some)
    assert sure <= found <= maybe


def test_nothing_is_within_a_limit_below_all() -> None:
    made = Histogram.of_positive({bucket(0.1): 3}, zeros=2)
    assert [made.count_within(limit) for limit in (-1.0, 0.0, 0.09, 0.2)] == [0, 2, 2, 5]


@given(values, st.floats(0, 1))
def test_parts_lose_nothing_and_each_is_like_the_whole(some: list[float], share: float) -> None:
    whole = Histogram.from_bytes(bytes(Histogram([*some, 0.0, -1.0])))
    wanted = round(share * whole.count)
    first, rest = whole.parted(wanted)
    assert first.count == wanted
    for limit in (0.001, 0.3, 1.0):
        near = wanted * whole.count_within(limit) / whole.count
        assert first.count_within(limit) == pytest.approx(near, abs=1)
    rest.merge(first)
    assert rest == whole
