"""A schedule that is made as the run goes is the same in every process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.load.growing import GrowingSchedule, Stretch, no_arrivals

Spacing = Literal["even", "poisson"]
spacings = st.sampled_from(["even", "poisson"])
stretches = st.lists(
    st.builds(Stretch, st.sampled_from([0.0, 0.5, 3.0, 20.0]) | st.floats(0, 30), st.floats(0, 4)),
    max_size=6,
)


def known(times: Iterator[float | None]) -> list[float]:
    """Return what is known by now."""
    found: list[float] = []
    for at_s in times:
        if at_s is None:
            return found
        found.append(at_s)
    return found


def whole(spacing: Spacing, seed: int, some: list[Stretch]) -> GrowingSchedule:
    schedule = GrowingSchedule(spacing, seed)
    schedule.extend(*some)
    schedule.ended = True
    return schedule


@given(spacings, st.integers(0, 99), stretches, st.lists(st.integers(0, 6), max_size=4))
def test_how_it_was_told_makes_no_difference(
    spacing: Spacing, seed: int, some: list[Stretch], cuts: list[int]
) -> None:
    at_once = whole(spacing, seed, some)
    schedule = GrowingSchedule(spacing, seed)
    times, found = schedule.times(), []
    for begin, end in pairwise([0, *sorted(cuts), len(some)]):
        schedule.extend(*some[begin:end])
        found += known(times)
    schedule.ended = True
    found += known(times)
    assert found == known(at_once.times()) == known(schedule.times())
    assert (schedule.duration_s, schedule.peak_per_s) == (at_once.duration_s, at_once.peak_per_s)


exact = st.integers(0, 40).map(lambda quarters: quarters / 4)  # these add up without rounding
exact_stretches = st.lists(st.builds(Stretch, st.sampled_from([0.0, 3.0, 20.0]), exact), max_size=6)


def cut(some: list[Stretch], at_quarters: set[int]) -> Iterator[Stretch]:
    """Yield the same stretches in pieces."""
    begun = 0
    for stretch in some:
        end = begun + round(4 * stretch.seconds)
        for one, next_one in pairwise(
            [begun, *(at for at in sorted(at_quarters) if begun < at < end), end]
        ):
            yield Stretch(stretch.rate_per_s, (next_one - one) / 4)
        begun = end


@given(spacings, exact_stretches, st.sets(st.integers(0, 240)), st.randoms())
def test_it_is_the_same_however_it_was_cut_and_whenever_one_hears_of_it(
    spacing: Spacing, some: list[Stretch], at_quarters: set[int], chance: random.Random
) -> None:
    at_once = whole(spacing, 5, some)
    grown, follower = GrowingSchedule(spacing, 5), GrowingSchedule(spacing, 5)
    times, followed = grown.times(), follower.times()
    found: list[float] = []
    heard: list[float] = []
    messages: list[tuple[Stretch, ...]] = []
    for piece in cut(some, at_quarters):
        grown.extend(piece)
        messages.append(tuple(grown.stretches))
        if chance.random() < 0.5:
            found += known(times)
        if chance.random() < 0.5:
            follower.follow(chance.choice(messages))  # late, twice, or never
            heard += [] if chance.random() < 0.5 else known(followed)
    follower.follow(tuple(grown.stretches))
    grown.ended = follower.ended = True
    assert found + known(times) == heard + known(followed) == known(at_once.times())
    assert grown.stretches == follower.stretches == at_once.stretches
    assert grown.duration_s == follower.duration_s == at_once.duration_s


@given(spacings, st.lists(st.tuples(st.sampled_from([0.0, 7.0]), st.floats(0, 0.7)), max_size=30))
def test_who_follows_has_the_very_same_times_whatever_the_sums_are_rounded_to(
    spacing: Spacing, pieces: list[tuple[float, float]]
) -> None:
    grown, follower = GrowingSchedule(spacing, 5), GrowingSchedule(spacing, 5)
    followed, heard = follower.times(), list[float]()
    for rate, seconds in pieces:
        grown.extend(Stretch(rate, seconds))
        follower.follow(tuple(grown.stretches))
        heard += known(followed)
    assert heard == known(grown.times())


def test_hours_at_a_few_rates_are_a_few_stretches() -> None:
    schedule = GrowingSchedule("even", 0)
    for _ in range(10):
        schedule.extend(*[Stretch(50.0, 0.5)] * 1440, *[Stretch(0.0, 0.2)] * 5)
    assert len(schedule.stretches) == 20
    assert schedule.duration_s == pytest.approx(7210)


@given(spacings, st.integers(0, 99), stretches)
def test_times_ascend_and_none_is_due_where_the_rate_is_nought(
    spacing: Spacing, seed: int, some: list[Stretch]
) -> None:
    schedule = whole(spacing, seed, some)
    times = known(schedule.times())
    assert times == sorted(times)
    assert all(0 <= at_s <= schedule.duration_s + 1e-9 for at_s in times)
    begun_s = 0.0
    for stretch in some:
        if not stretch.rate_per_s:
            ended_s = begun_s + stretch.seconds
            assert not [at_s for at_s in times if begun_s + 1e-9 < at_s < ended_s - 1e-9]
        begun_s += stretch.seconds


@given(stretches)
def test_even_arrivals_are_as_many_as_the_rates_make(some: list[Stretch]) -> None:
    expected = sum(stretch.rate_per_s * stretch.seconds for stretch in some)
    assert len(known(whole("even", 0, some).times())) == pytest.approx(expected, abs=0.5 + 1e-6)


def test_even_arrivals_are_in_the_middle_of_their_time() -> None:
    schedule = whole("even", 0, [Stretch(2.0, 1.0), Stretch(0.0, 3.0), Stretch(4.0, 0.5)])
    assert known(schedule.times()) == pytest.approx([0.25, 0.75, 4.125, 4.375])


def test_random_arrivals_are_near_their_number_and_others_by_another_seed() -> None:
    some = [Stretch(100.0, 5.0), Stretch(0.0, 1.0), Stretch(500.0, 5.0)]
    one, other = (known(whole("poisson", seed, some).times()) for seed in (1, 2))
    assert one != other
    for times in (one, other):  # five standard deviations
        assert abs(sum(at_s < 5 for at_s in times) - 500) < 5 * 500**0.5
        assert abs(sum(at_s > 6 for at_s in times) - 2500) < 5 * 2500**0.5


def test_a_schedule_without_arrivals_is_over_at_once_and_lasts() -> None:
    schedule = no_arrivals(60.0)
    assert known(schedule.times()) == []
    assert (schedule.duration_s, schedule.peak_per_s, schedule.ended) == (60.0, 0.0, True)
    assert list(schedule.times()) == []


def test_what_is_not_known_yet_is_none_as_often_as_it_is_asked() -> None:
    schedule = GrowingSchedule("even", 0)
    times = schedule.times()
    assert [next(times), next(times)] == [None, None]
    schedule.extend(Stretch(1.0, 1.0))
    assert [next(times), next(times)] == [0.5, None]
    schedule.ended = True
    assert list(times) == []
