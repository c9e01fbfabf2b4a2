"""The exact interval covers what it says, and is right at the edges."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest

from seakeep.slo.interval import exact_interval


@pytest.mark.parametrize(("good", "valid"), [(10, 10), (0, 10), (9, 10), (98, 100), (7, 4000)])
def test_the_bounds_are_those_that_scipys_exact_binomial_test_gives(good: int, valid: int) -> None:
    # Two one-sided bounds at 95% are the two-sided interval at 90%.
    theirs = binomtest(good, valid).proportion_ci(confidence_level=0.90, method="exact")
    ours = exact_interval(good, valid, 0.95)
    assert ours.lower == pytest.approx(theirs.low, abs=1e-9)
    assert ours.upper == pytest.approx(theirs.high, abs=1e-9)


def test_n_clean_events_bound_the_truth_at_about_one_minus_three_over_n() -> None:
    assert exact_interval(3000, 3000, 0.95).lower == pytest.approx(1 - 3 / 3000, abs=1e-5)


def test_without_events_nothing_is_known() -> None:
    interval = exact_interval(0, 0, 0.95)
    assert (interval.lower, interval.upper) == (0.0, 1.0)


@given(st.integers(0, 2000), st.integers(0, 2000))
def test_the_estimate_lies_within_and_mirroring_mirrors(good: int, bad: int) -> None:
    valid = good + bad
    interval, mirrored = exact_interval(good, valid, 0.95), exact_interval(bad, valid, 0.95)
    if valid:
        assert interval.lower <= good / valid <= interval.upper
    assert math.isclose(interval.lower, 1 - mirrored.upper, abs_tol=1e-12)


@given(st.integers(1, 500), st.floats(0.01, 0.999))
def test_each_bound_covers_the_truth_at_least_as_often_as_it_says(n: int, truth: float) -> None:
    """Exact, not simulated: sum the probabilities of the outcomes whose bound covers."""
    weights = [float(binom.pmf(good, n, truth)) for good in range(n + 1)]
    bounds = [exact_interval(good, n, 0.95) for good in range(n + 1)]
    below = math.fsum(w for w, b in zip(weights, bounds, strict=True) if b.lower <= truth)
    above = math.fsum(w for w, b in zip(weights, bounds, strict=True) if b.upper >= truth)
    assert below >= 0.95 - 1e-9
    assert above >= 0.95 - 1e-9


@pytest.mark.parametrize(("good", "valid"), [(-1, 3), (4, 3)])
def test_counts_that_can_not_be_are_refused(good: int, valid: int) -> None:
    with pytest.raises(ValueError, match="wanted 0 <= good <= valid"):
        exact_interval(good, valid, 0.95)
