"""No more requests than the ceiling allows, and no delay below it."""

from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from seakeep.load.ceiling import Ceiling

BURST_S = 0.1
rates = st.floats(0.5, 2000)
gaps = st.lists(st.sampled_from([0.0, 0.0, 0.001]) | st.floats(0, 0.5), min_size=1, max_size=80)


def sent(ceiling: Ceiling, asked: list[float]) -> list[float]:
    return [at + ceiling.wait_s(at) for at in asked]


@given(rates, gaps, st.floats(0, 1e6))
def test_never_more_than_the_rate_and_a_tenth_of_a_second_in_any_window(
    rate_per_s: float, some: list[float], begin_s: float
) -> None:
    times = sent(Ceiling(rate_per_s), [begin_s + at for at in accumulate(some)])
    assert times == sorted(times)
    for first, begin in enumerate(times):
        for last in range(first, len(times)):
            most = rate_per_s * (times[last] - begin + BURST_S) + 1
            assert last - first + 1 <= most + 1e-4


@given(rates, st.lists(st.floats(1.000001, 5), max_size=40))
def test_below_the_ceiling_nobody_waits(rate_per_s: float, some: list[float]) -> None:
    ceiling = Ceiling(rate_per_s)
    asked = [gap / rate_per_s for gap in some]
    assert [ceiling.wait_s(at) for at in accumulate(asked)] == [0.0] * len(some)
    assert ceiling.take_held_back() == 0


@given(rates, gaps)
def test_those_who_waited_are_counted_once(rate_per_s: float, some: list[float]) -> None:
    ceiling = Ceiling(rate_per_s)
    waited = sum(ceiling.wait_s(at) > 0 for at in accumulate(some))
    assert ceiling.take_held_back() == waited
    assert ceiling.take_held_back() == 0


@given(rates, gaps)
def test_nobody_waits_longer_than_those_before_need(rate_per_s: float, some: list[float]) -> None:
    ceiling = Ceiling(rate_per_s)
    for before, at in enumerate(accumulate(some)):
        assert ceiling.wait_s(at) <= before / rate_per_s + 1e-9


def test_without_a_rate_there_is_no_ceiling() -> None:
    ceiling = Ceiling()
    assert [ceiling.wait_s(5.0) for _ in range(1000)] == [0.0] * 1000


def test_a_new_rate_holds_from_there_on() -> None:
    ceiling = Ceiling()
    ceiling.wait_s(1.0)
    ceiling.set_rate(10.0)
    burst = [ceiling.wait_s(1.0) for _ in range(4)]
    assert burst[:2] == [0.0, 0.0]
    assert [round(wait_s, 9) for wait_s in burst[2:]] == [0.1, 0.2]
    ceiling.set_rate(100.0)
    assert [round(ceiling.wait_s(2.0), 9) for _ in range(13)] == [0.0] * 11 + [0.01, 0.02]
    assert ceiling.take_held_back() == 4
