"""What a window's events leave of a period's error budget, and for how long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.slo.budget import Budget, burn_rate, spend
from seakeep.slo.interval import Interval, exact_interval


def budget(good: int, valid: int, target: float, covered_s: float, period_s: float) -> Budget:
    interval = exact_interval(good, valid, 0.95)
    spent = spend(good / valid, interval, target, covered_s=covered_s, period_s=period_s)
    assert spent is not None
    return spent


def test_half_the_budget_in_the_whole_period_leaves_half() -> None:
    spent = budget(995, 1000, target=0.99, covered_s=3600, period_s=3600)
    assert spent.total == pytest.approx(0.01)
    assert spent.burn_rate == pytest.approx(0.5)
    assert spent.consumed == pytest.approx(0.5)
    assert spent.left == pytest.approx(0.5)
    assert spent.exhaustion_s == pytest.approx(3600)


def test_a_short_history_can_only_spend_its_share_of_the_budget() -> None:
    spent = budget(980, 1000, target=0.99, covered_s=360, period_s=3600)
    assert spent.burn_rate == pytest.approx(2.0)
    assert spent.left == pytest.approx(0.8)
    assert spent.exhaustion_s == pytest.approx(1440)


def test_the_time_to_exhaustion_comes_from_what_is_left_at_the_interval_s_burn_rates() -> None:
    interval = Interval(lower=0.96, upper=0.995)
    spent = spend(0.98, interval, 0.99, covered_s=360, period_s=3600)
    assert spent is not None
    assert spent.exhaustion_lower_s == pytest.approx(0.8 * 3600 / 4)
    assert spent.exhaustion_s == pytest.approx(0.8 * 3600 / 2)
    assert spent.exhaustion_upper_s == pytest.approx(0.8 * 3600 / 0.5)


def test_an_overspent_budget_is_gone_now_whatever_the_interval_says() -> None:
    spent = budget(0, 10, target=0.9, covered_s=10, period_s=10)
    assert spent.left == pytest.approx(-9.0)
    assert (spent.exhaustion_lower_s, spent.exhaustion_s, spent.exhaustion_upper_s) == (0, 0, 0)


def test_an_untouched_budget_may_last_for_ever_but_only_so_much_is_sure() -> None:
    spent = budget(299, 299, target=0.99, covered_s=60, period_s=60)
    assert (spent.exhaustion_s, spent.exhaustion_upper_s) == (None, None)
    assert spent.exhaustion_lower_s == pytest.approx(60, rel=0.01)  # 299 clean events prove 99%


def test_a_target_of_all_has_no_budget() -> None:
    assert burn_rate(0.9, 1.0) is None
    assert spend(0.9, Interval(0.8, 0.95), 1.0, covered_s=1, period_s=1) is None


def test_a_target_of_nothing_allows_every_event_to_be_bad() -> None:
    spent = budget(0, 10, target=0.0, covered_s=10, period_s=10)
    assert (spent.total, spent.burn_rate, spent.left) == (1.0, 1.0, 0.0)


@given(
    st.integers(0, 500),
    st.integers(1, 500),
    st.floats(0.0, 0.9999),
    st.floats(0.001, 1.0),
)
def test_total_consumed_and_left_add_up_and_the_interval_holds_the_point(
    bad: int, good: int, target: float, covered: float
) -> None:
    spent = budget(good, good + bad, target, covered_s=covered * 100, period_s=100)
    assert spent.consumed + spent.left == pytest.approx(1.0)
    assert spent.consumed == pytest.approx(spent.burn_rate * covered)
    forever = float("inf")
    lower, point, upper = (
        forever if time_s is None else time_s
        for time_s in (spent.exhaustion_lower_s, spent.exhaustion_s, spent.exhaustion_upper_s)
    )
    assert lower <= point <= upper
