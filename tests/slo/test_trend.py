"""Whether a measure changed: never claimed of too few values, seldom by chance, found when true."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.slo.trend import Change, Shift, shifts

VALUES = st.lists(st.one_of(st.floats(0, 100), st.just(math.inf)), max_size=7)


def shift(early: list[float], late: list[float]) -> Shift:
    return shifts({"": (early, late)})[""]


def test_a_rise_is_told_with_its_size_and_certainty() -> None:
    # The p-value is that of the published table: U = 0 for 4 and 7 values, 2 / C(11, 4).
    found = shift([2.0, 2.1, 2.2, 1.9, 2.05, 2.15, 1.95], [4.0, 4.1, 3.9, 4.2])
    assert found.change is Change.ROSE
    assert found.by == pytest.approx(2.0, abs=0.051)
    assert found.p_value == pytest.approx(2 / 330)
    assert found.early_median == 2.05
    assert found.late_median == pytest.approx(4.05)


def test_a_fall_is_a_change_too() -> None:
    found = shift([4.0, 4.1, 3.9, 4.2], [2.0, 2.1, 2.2, 1.9])
    assert found.change is Change.FELL
    assert found.by is not None
    assert found.by < -1.7


@pytest.mark.parametrize(
    ("early", "late", "more"),
    [(3, 3, 2), (4, 4, 0), (8, 2, 0), (7, 2, 1), (1, 5, 34), (0, 5, None), (5, 0, 3)],
)
def test_too_few_values_prove_nothing_and_say_how_many_are_missing(
    early: int, late: int, more: int | None
) -> None:
    found = shift([1.0 + n / 100 for n in range(early)], [9.0 + n / 100 for n in range(late)])
    assert found.more == more
    assert (found.p_value is None) == (more != 0)
    assert found.change is (Change.ROSE if more == 0 else Change.TOO_FEW)


def test_a_platform_that_never_came_back_is_slower_than_any_that_did() -> None:
    found = shift([2.0, 2.1, 2.2, 1.9, 2.05], [math.inf] * 5)
    assert found.change is Change.ROSE
    assert found.by is None
    assert shift([math.inf] * 5, [2.0, 2.1, 2.2, 1.9, 2.05]).change is Change.FELL


def test_values_that_are_all_alike_are_no_change() -> None:
    for size in (5, 30):
        found = shift([1.0] * size, [1.0] * size)
        assert (found.change, found.p_value, found.by) == (Change.UNPROVEN, 1.0, 0.0)


def test_of_twenty_that_never_changed_hardly_one_seems_to_have() -> None:
    chance = random.Random(1)
    alarms = 0
    for _ in range(40):
        measures = {
            str(each): (
                [chance.lognormvariate(0, 1) for _ in range(20)],
                [chance.lognormvariate(0, 1) for _ in range(7)],
            )
            for each in range(20)
        }
        alarms += any(found.change is not Change.UNPROVEN for found in shifts(measures).values())
    assert alarms <= 7, "2 are expected at 5%"


def test_correction_keeps_the_order_and_never_makes_anything_surer() -> None:
    chance = random.Random(2)
    measures = {
        str(each): (
            [chance.gauss(2, 0.4) for _ in range(9)],
            [chance.gauss(2 + each / 3, 0.4) for _ in range(6)],
        )
        for each in range(6)
    }
    alone = {name: shift(*pair).p_value or 0.0 for name, pair in measures.items()}
    together = {name: found.p_value or 0.0 for name, found in shifts(measures).items()}
    assert all(together[name] >= alone[name] for name in measures)
    ordered = sorted(measures, key=alone.__getitem__)
    assert [together[name] for name in ordered] == sorted(together.values())
    assert together[ordered[0]] == pytest.approx(min(1.0, 6 * alone[ordered[0]]))


@settings(deadline=None, max_examples=50)
@given(VALUES, VALUES)
def test_any_values_can_be_compared_and_to_turn_them_round_turns_the_claim(
    early: list[float], late: list[float]
) -> None:
    one, other = shift(early, late), shift(late, early)
    if one.p_value is not None:
        assert 0 <= one.p_value <= 1
        assert other.p_value == pytest.approx(one.p_value, abs=0.02)  # resampled, where many ties
    if one.by is not None:
        assert other.by == -one.by
