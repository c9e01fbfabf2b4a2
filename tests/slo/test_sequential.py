"""The sequential test may be looked at as often as one likes."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.slo.sequential import ALPHA, SequentialTest


def test_the_evidence_is_expected_to_stay_at_one_on_a_platform_just_within_its_budget() -> None:
    """The martingale property, exactly: one step's expectation over both outcomes."""
    for good, bad in [(0, 0), (10, 1), (300, 2)]:
        expected = 0.0
        for next_good, chance in [(True, 0.99), (False, 0.01)]:
            test = SequentialTest(0.99)
            for index in range(good + bad):
                test.observe(good=index < good)
            before = math.exp(test.log_evidence)
            test.observe(good=next_good)
            expected += chance * math.exp(test.log_evidence) / before
        assert expected == pytest.approx(1.0, abs=1e-9)


def test_a_sound_platform_is_called_breached_no_more_often_than_alpha() -> None:
    generator = random.Random(20260131)
    alarms = 0
    for _ in range(400):
        test = SequentialTest(0.95, alpha=0.05)
        for _ in range(500):
            test.observe(good=generator.random() < 0.95)
        alarms += test.breached
    # 5% of 400 is 20; the chance of more than 34 at a true 5% is below 0.001.
    assert alarms <= 34


def test_a_total_outage_is_proven_within_a_handful_of_events() -> None:
    test = SequentialTest(0.99)
    events = 0
    while not test.breached:
        test.observe(good=False)
        events += 1
    assert events <= 4


def test_once_proven_a_breach_stays_proven() -> None:
    test = SequentialTest(0.99)
    for _ in range(10):
        test.observe(good=False)
    for _ in range(10_000):
        test.observe(good=True)
    assert test.breached


@given(st.floats(0.5, 0.9999), st.lists(st.booleans(), max_size=60))
def test_good_events_never_add_evidence(target: float, events: list[bool]) -> None:
    test = SequentialTest(target)
    for good in events:
        before = test.log_evidence
        test.observe(good=good)
        assert test.log_evidence <= before + 1e-12 if good else test.log_evidence > before


@pytest.mark.parametrize(("target", "alpha"), [(-0.1, 0.1), (1.1, 0.1), (0.9, 0.0), (0.9, 1.0)])
def test_limits_that_can_not_be_are_refused(target: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        SequentialTest(target, alpha)


@given(
    st.sampled_from([0.5, 0.9, 0.99, 0.999, 1.0]),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 3)), max_size=40),
)
def test_events_taken_together_are_the_evidence_that_they_are_one_by_one(
    target: float, batches: list[tuple[int, int]]
) -> None:
    together, singly = SequentialTest(target), SequentialTest(target)
    proven_at_an_end = False
    for good, bad in batches:
        together.observe_many(good=good, bad=bad)
        for index in range(good + bad):
            singly.observe(good=index < good)
        assert (together.good, together.bad) == (singly.good, singly.bad)
        assert together.log_evidence == singly.log_evidence
        proven_at_an_end |= singly.log_evidence >= -math.log(ALPHA) and singly.bad > 0
        assert together.breached == proven_at_an_end
        assert singly.breached or not together.breached


def test_a_million_events_are_taken_at_once() -> None:
    test = SequentialTest(0.99)
    test.observe_many(good=990_000, bad=10_000)
    assert not test.breached
    test.observe_many(good=500_000, bad=10_000)
    assert test.breached
