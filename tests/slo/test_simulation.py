"""What docs/verdicts.md claims, by simulation: coverage, false alarms, and delay of detection."""

import math

import numpy as np
import pytest

from docs.verdicts_simulation import (
    bursts,
    clustered_coverage,
    coverage,
    first_alarms,
    log_evidence,
    optimum,
    peeking_alarms,
    window_coverage,
)
from seakeep.slo.sequential import SequentialTest


@pytest.mark.parametrize("n", [10, 100, 1000, 5000])
@pytest.mark.parametrize("truth", [0.9, 0.99, 0.999])
def test_both_bounds_hold_at_least_as_often_as_they_say(n: int, truth: float) -> None:
    runs = 20_000
    lower, upper = coverage(n, truth, runs)
    slack = 3 * math.sqrt(0.95 * 0.05 / runs)
    assert lower >= 0.95 - slack
    assert upper >= 0.95 - slack


@pytest.mark.parametrize(("target", "alpha"), [(0.99, 0.05), (0.99, 0.001), (0.999, 0.05)])
def test_ten_thousand_looks_raise_no_more_false_alarms_than_alpha(
    target: float, alpha: float
) -> None:
    """The platform is exactly at its target: the worst that is still sound."""
    runs = 1000
    alarms = first_alarms(target, 1 - target, alpha, bad_events=180, runs=runs)
    slack = 3 * math.sqrt(alpha * (1 - alpha) / runs)
    assert np.mean(alarms <= 10_000) <= alpha + slack


def test_an_interval_at_every_look_does_raise_them() -> None:
    assert np.mean(peeking_alarms(0.99, looks=1000, runs=200) <= 1000) > 0.1


@pytest.mark.parametrize("target", [0.95, 0.99, 0.999, 0.9999])
@pytest.mark.parametrize("burn_rate", [1.5, 2.0, 6.0, 14.4])
def test_a_breach_is_found_in_little_more_than_the_least_time_there_is(
    target: float, burn_rate: float
) -> None:
    error_ratio = burn_rate * (1 - target)
    least = optimum(target, error_ratio, alpha=0.001)
    events = first_alarms(
        target, error_ratio, 0.001, bad_events=int(6 * least * error_ratio) + 40, runs=200
    )
    assert np.mean(events) <= 1.6 * least + 2
    assert np.median(events) <= 1.5 * least + 2


def test_the_simulated_evidence_is_the_test_s_own() -> None:
    test = SequentialTest(0.99)
    for good in np.random.default_rng(5).random(3000) < 0.985:
        test.observe(good=bool(good))
    good, bad = np.array([float(test.good)]), np.array([float(test.bad)])
    assert test.log_evidence == pytest.approx(float(log_evidence(good, bad, 0.99)[0]))


def test_independent_events_are_called_clustered_no_more_often_than_one_in_a_hundred() -> None:
    bad = np.random.default_rng(2).random((1000, 1440)) < 0.02
    assert clustered_coverage(bad, 0.98).seen <= 0.01 + 3 * math.sqrt(0.01 * 0.99 / 1000)


def test_the_correction_restores_what_bursts_take_from_the_lower_bound() -> None:
    held = clustered_coverage(bursts(250, 5040, error_ratio=0.05, burst=5.0), 0.95)
    assert held.naive < 0.8
    assert held.corrected > 0.91
    assert held.seen > 0.99


@pytest.mark.parametrize("burst", [20.0, 100.0])
def test_bursts_take_nothing_from_the_bounds_of_the_window_itself(burst: float) -> None:
    """So what is breached is breached, however the failures came."""
    lower, upper = window_coverage(bursts(300, 7200, error_ratio=0.05, burst=burst), every=10)
    assert lower >= 0.95
    assert upper >= 0.95
