"""The arithmetic of a rate over time: the count is its integral, the time its inverse."""

from __future__ import annotations

import math
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from seakeep.rate_curve import RateCurve, Segment

RATES = st.one_of(st.just(0.0), st.floats(0.01, 1000))
SEGMENTS = st.builds(Segment, st.floats(0.01, 1000), RATES, RATES)
CURVES = st.lists(SEGMENTS, min_size=1, max_size=6).map(lambda each: RateCurve(tuple(each)))
BUSY = st.builds(Segment, st.floats(0.01, 1000), st.floats(0.01, 1000), st.floats(0.01, 1000))
BUSY_CURVES = st.lists(BUSY, min_size=1, max_size=6).map(lambda each: RateCurve(tuple(each)))
SHARES = st.floats(0, 1)

TRAPEZE = RateCurve((Segment(10, 0, 20), Segment(60, 20, 20), Segment(5, 20, 0)))


def within(value: float, wanted: float, whole: float) -> bool:
    """Whether two numbers are the same but for the rounding of numbers as large as ``whole``."""
    return abs(value - wanted) <= 1e-9 * max(abs(wanted), 1e-3 * whole)


def test_a_trapeze_has_the_counts_and_times_of_the_book() -> None:
    assert TRAPEZE.duration_s == 75
    assert TRAPEZE.peak_per_s == 20
    assert TRAPEZE.count == 100 + 1200 + 50
    assert [TRAPEZE.count_until(t) for t in (-1, 0, 5, 10, 40, 70, 75, 80)] == [
        *(0, 0, 25, 100, 700, 1300, 1350, 1350)
    ]
    assert [TRAPEZE.time_of(n) for n in (0, 25, 100, 700, 1300, 1350)] == [0, 5, 10, 40, 70, 75]
    assert [TRAPEZE.rate_at(t) for t in (-1, 0, 5, 30, 72.5, 75, 76)] == [0, 0, 10, 20, 10, 0, 0]


def test_the_first_time_counts_where_nothing_arrives_for_a_while() -> None:
    curve = RateCurve((Segment(1, 5, 5), Segment(10, 0, 0), Segment(1, 5, 5)))
    assert curve.time_of(5) == 1
    assert list(curve.times_of((5, 5.5))) == pytest.approx([1, 11.1])


def test_a_rate_jumps_to_the_new_one() -> None:
    curve = RateCurve((Segment(1, 5, 5), Segment(1, 50, 50)))
    assert curve.rate_at(1) == 50


@given(CURVES, SHARES)
def test_the_count_until_the_time_of_a_count_is_the_count(curve: RateCurve, share: float) -> None:
    count = share * curve.count
    assert within(curve.count_until(curve.time_of(count)), count, curve.count)


@given(BUSY_CURVES, SHARES)
def test_the_time_of_the_count_until_a_time_is_the_time(curve: RateCurve, share: float) -> None:
    # Only where the rate is not near zero: there, the time hangs on the last digits of the count.
    at = share * curve.duration_s
    assert within(curve.time_of(curve.count_until(at)), at, curve.duration_s)


@given(CURVES, st.lists(SHARES, min_size=2, max_size=20))
def test_counts_and_times_never_go_back(curve: RateCurve, shares: list[float]) -> None:
    shares.sort()
    counts = [curve.count_until(share * curve.duration_s) for share in shares]
    times = [curve.time_of(share * curve.count) for share in shares]
    rounding = 1e-12
    assert all(one <= other + rounding * curve.count for one, other in pairwise(counts))
    assert all(one <= other + rounding * curve.duration_s for one, other in pairwise(times))


@given(CURVES, st.lists(SHARES, max_size=20))
def test_many_times_are_the_times_of_each(curve: RateCurve, shares: list[float]) -> None:
    counts = sorted(share * curve.count for share in shares)
    assert list(curve.times_of(counts)) == pytest.approx([curve.time_of(n) for n in counts])


@given(CURVES)
def test_many_times_end_at_the_first_that_is_never_due(curve: RateCurve) -> None:
    past = curve.count * 1.01 + 1
    assert len(list(curve.times_of((0.0, curve.count, past, past + 1)))) == 2


@given(CURVES, st.floats(0.1, 10), SHARES)
def test_a_scaled_curve_has_as_many_times_the_arrivals(
    curve: RateCurve, factor: float, share: float
) -> None:
    at = share * curve.duration_s
    scaled = curve.scaled(factor)
    assert scaled.duration_s == curve.duration_s
    assert scaled.peak_per_s == pytest.approx(curve.peak_per_s * factor)
    assert scaled.count_until(at) == pytest.approx(curve.count_until(at) * factor)


@given(CURVES, st.floats(0.001, 1.5), SHARES)
def test_a_cut_curve_is_the_same_until_it_ends(curve: RateCurve, kept: float, share: float) -> None:
    cut = curve.cut(kept * curve.duration_s)
    assert cut.duration_s == pytest.approx(min(1.0, kept) * curve.duration_s)
    assert cut.count == pytest.approx(curve.count_until(cut.duration_s), rel=1e-9, abs=1e-9)
    at = share * cut.duration_s
    assert cut.count_until(at) == pytest.approx(curve.count_until(at), rel=1e-9, abs=1e-9)


def test_the_count_is_the_integral_of_the_rate() -> None:
    for segment in TRAPEZE.segments:
        integral, _ = quad(segment.rate_at, 0, segment.duration_s / 3)
        assert segment.count_until(segment.duration_s / 3) == pytest.approx(integral)


@pytest.mark.parametrize("rates", [(1e-9, 1000), (1000, 1e-9), (500, 500 + 1e-10), (1e-300, 0)])
def test_steep_and_nearly_flat_slopes_lose_no_digits(rates: tuple[float, float]) -> None:
    segment = Segment(3600, *rates)
    for share in (1e-12, 1e-6, 0.1, 0.5, 0.999999, 1.0):
        count = share * segment.count
        assert segment.count_until(segment.time_of(count)) == pytest.approx(count, rel=1e-9)


@pytest.mark.parametrize("count", [-1, 1350.1, math.nan])
def test_an_arrival_that_is_never_due_has_no_time(count: float) -> None:
    with pytest.raises(ValueError, match="of a curve of 1350"):
        TRAPEZE.time_of(count)


@pytest.mark.parametrize(
    "wrong", [(0, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 1, -1), (math.inf, 1, 1), (1, math.nan, 1)]
)
def test_a_segment_has_a_duration_and_no_rate_below_zero(wrong: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="wanted a duration above zero"):
        Segment(*wrong)


def test_a_curve_has_a_segment() -> None:
    with pytest.raises(ValueError, match="at least one"):
        RateCurve(())


def test_a_million_arrivals_take_less_than_a_second_and_a_half() -> None:
    curve = RateCurve((Segment(500, 0, 1000), Segment(500, 1000, 1000), Segment(500, 1000, 0)))
    began = time.process_time()
    count = sum(1 for _ in curve.times_of(k + 0.5 for k in range(1_000_000)))
    assert count == 1_000_000
    assert time.process_time() - began < 1.5
