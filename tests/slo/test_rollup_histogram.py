"""Histograms tell percentiles to one part in a hundred, merged or not, stored or not."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.histogram import ACCURACY, Histogram

values = st.lists(
    st.floats(1e-9, 1e12)
    | st.floats(-1e6, -1e-6)
    | st.sampled_from([0.0, 0.25, 5e-324])
    | st.integers(0, 5),
    min_size=1,
    max_size=50,
)


@given(values, st.integers(0, 1000))
def test_a_percentile_is_near_the_value_of_its_rank(some: list[float], per_mille: int) -> None:
    share = per_mille / 1000
    rank = max(1, math.ceil(per_mille * len(some) / 1000))
    want = sorted(some)[rank - 1]
    found = Histogram(some).quantile(share)
    assert found is not None
    assert abs(found - want) <= ACCURACY * abs(want) * (1 + 1e-9) + 1e-300


@given(values, values)
def test_merged_histograms_are_that_of_all_values(some: list[float], more: list[float]) -> None:
    one = Histogram(some)
    one.merge(Histogram(more))
    assert one == Histogram([*some, *more])
    assert one.count == len(some) + len(more)


@given(values)
def test_a_stored_histogram_comes_back(some: list[float]) -> None:
    assert Histogram.from_bytes(bytes(Histogram(some))) == Histogram(some)


def test_a_stored_histogram_reads_the_same_in_every_version() -> None:
    """The format is in people's stores: it never changes."""
    body = bytes(Histogram([0.0, 0.1, 0.1, 2.5, -3.0]))
    assert body.hex() == "0102e70102c20201016e01"
    assert Histogram.from_bytes(body).count == 5


def test_infinity_is_a_very_large_value() -> None:
    assert Histogram([math.inf, -math.inf, 1.0]).quantile(0.5) == pytest.approx(1.0, rel=ACCURACY)
    assert (Histogram([math.inf]).quantile(0.5) or 0) > 1e300


def test_nothing_has_no_percentile() -> None:
    assert Histogram().quantile(0.5) is None


@given(values, values, values)
def test_a_histogram_that_was_stored_grows_like_any_other(
    some: list[float], more: list[float], most: list[float]
) -> None:
    stored, other = (Histogram.from_bytes(bytes(Histogram(each))) for each in (some, more))
    stored.merge(other)
    for value in most:
        stored.add(value)
    assert stored == Histogram([*some, *more, *most])
    assert other == Histogram(more)
    assert stored.count == len(some) + len(more) + len(most)


@given(values, st.floats(-1e6, 1e6))
def test_the_count_within_a_limit_is_that_of_its_bucket(some: list[float], limit: float) -> None:
    found = Histogram(some).count_within(limit)
    width = abs(limit) * (ACCURACY * 2.05) + 1e-300
    assert sum(v <= limit - width for v in some) <= found <= sum(v <= limit + width for v in some)
