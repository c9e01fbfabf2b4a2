"""The search for the capacity, against simulated platforms whose limit is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep.load.search import Bounds, Capacity, Ending, Search
from seakeep.load.search_step import (
    Judgement,
    ObjectiveCount,
    Step,
    StepCounts,
    StepOutcome,
    judge_step,
    needed_hold_s,
    overload_shown,
)

LIMIT_S, TARGET = 0.3, 0.95
LATENCY = ((LIMIT_S, TARGET),)


@dataclass
class SimulatedPlatform:
    """One server with a queue, that serves ``limit`` requests a second, each step from empty.

    Attributes:
        limit_at: Its limit at a time, in seconds since the search began.
        poisson: Whether arrivals come at random and not evenly.
        fastest: The highest rate that the generator can make.
        errors: The share of requests that fail, whatever the rate.
    """

    limit_at: Callable[[float], float]
    poisson: bool = False
    fastest: float = math.inf
    errors: float = 0.0
    seed: int = 1
    now_s: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def hold(self, step: Step) -> StepOutcome:
        """Hold a rate, looking each second whether it is broken already."""
        arrived, ended, failed = self._served(step)
        judgement = Judgement(held=None)
        for second in range(1, math.ceil(step.hold_s) + 1):
            until_s, whole = float(second), second >= step.hold_s
            counts = self._counts(arrived, ended, failed, until_s, step.hold_s)
            judgement = judge_step(counts, under_way=not whole)
            if judgement.held is False:
                break
        self.now_s += until_s
        unfit = step.rate_per_s > self.fastest
        return StepOutcome(
            step=step,
            held=None if unfit else judgement.held,
            requests=len(arrived),
            arrivals=len(arrived),
            broke=judgement.broke,
            unfit="the loop is late" if unfit else "",
            took_s=until_s,
        )

    def _served(self, step: Step) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count = int(step.rate_per_s * step.hold_s)
        gaps = (
            self.random.exponential(1 / step.rate_per_s, count)
            if self.poisson
            else np.full(count, 1 / step.rate_per_s)
        )
        arrived = np.cumsum(gaps)
        service_s = 1 / self.limit_at(self.now_s)
        # Lindley's recursion, unrolled: each ends a service time after the one before, or after
        # its own arrival.
        order = np.arange(count)
        ended = np.maximum.accumulate(arrived - service_s * order) + service_s * (order + 1)
        return arrived, ended, self.random.random(count) < self.errors

    def _counts(
        self, arrived: np.ndarray, ended: np.ndarray, failed: np.ndarray, at_s: float, hold_s: float
    ) -> StepCounts:
        due = arrived <= at_s
        done = due & ((ended <= at_s) if at_s < hold_s else True)
        slow = (ended - arrived)[done] > LIMIT_S
        valid, midway = int(done.sum()), hold_s / 2
        return StepCounts(
            objectives=(
                ObjectiveCount("latency", valid - int(slow.sum()), valid, TARGET),
                ObjectiveCount("success", valid - int(failed[done].sum()), valid, 0.99),
            ),
            arrivals=int(due.sum()),
            completed=int((ended[due] <= at_s).sum()),
            outstanding_midway=int(((arrived <= midway) & (ended > midway)).sum()),
        )


def found(platform: SimulatedPlatform, search: Search) -> Capacity:
    while (step := search.next()) is not None:
        assert search.next() == step
        search.take(platform.hold(step))
    assert search.result is not None
    return search.result


def steady(limit: float) -> Callable[[float], float]:
    return lambda _: limit


def searching(first: float = 15, ceiling: float = 2000, **more: float) -> Search:
    return Search(first, Bounds(ceiling_per_s=ceiling), latency_limits=LATENCY, **more)


@settings(max_examples=60, deadline=None)
@given(
    limit=st.floats(8, 900),
    first=st.floats(2, 60),
    precision=st.sampled_from([0.02, 0.05, 0.2]),
)
def test_the_answer_is_within_its_precision_of_the_truth(
    limit: float, first: float, precision: float
) -> None:
    hold_s = max(10.0, needed_hold_s(precision, LATENCY))
    search = searching(first, precision=precision, hold_s=hold_s)
    capacity = found(SimulatedPlatform(steady(limit)), search)
    low, high = capacity.interval
    assert capacity.ending is Ending.FOUND
    assert capacity.confirmed
    assert capacity.sustained_per_s is not None
    assert high is not None
    assert low <= limit * 1.001 <= high * 1.002
    assert capacity.sustained_per_s == pytest.approx(limit, rel=precision + 0.02)
    assert high / capacity.sustained_per_s <= 1 + precision + 0.002
    assert capacity.broke.startswith("latency: ")
    assert len(capacity.steps) <= 25


@pytest.mark.parametrize("seed", range(12))
def test_random_arrivals_give_an_answer_a_little_below_the_limit(seed: int) -> None:
    capacity = found(SimulatedPlatform(steady(120), poisson=True, seed=seed), searching())
    assert capacity.ending is Ending.FOUND
    assert capacity.sustained_per_s is not None
    assert 0.85 * 120 < capacity.sustained_per_s < 1.04 * 120
    assert len(capacity.steps) <= 40


@pytest.mark.parametrize("seed", range(5))
def test_errors_within_the_budget_do_not_stop_it(seed: int) -> None:
    platform = SimulatedPlatform(steady(120), errors=0.004, seed=seed)
    assert found(platform, searching()).sustained_per_s == pytest.approx(120, rel=0.06)


def test_a_platform_that_degrades_is_told_as_it_is_in_the_end() -> None:
    platform = SimulatedPlatform(lambda now_s: 120 if now_s < 50 else 70)
    capacity = found(platform, searching())
    assert capacity.ending is Ending.FOUND
    assert capacity.sustained_per_s == pytest.approx(70, rel=0.07)
    assert any(o.step.purpose == "confirm" and o.held is False for o in capacity.steps)


def test_a_platform_that_recovers_is_not_judged_by_its_worst_moment() -> None:
    platform = SimulatedPlatform(lambda now_s: 40 if 20 < now_s < 45 else 200)
    capacity = found(platform, searching())
    assert capacity.sustained_per_s == pytest.approx(200, rel=0.07)


def test_no_step_is_above_the_ceiling_and_the_answer_says_at_least() -> None:
    capacity = found(SimulatedPlatform(steady(500)), searching(ceiling=100))
    assert capacity.ending is Ending.CEILING
    assert capacity.sustained_per_s == 100
    assert capacity.interval[1] is None
    assert max(o.rate_per_s for o in capacity.steps) == 100


def test_a_first_rate_above_the_ceiling_is_the_ceiling() -> None:
    assert searching(first=500, ceiling=100).next() == Step(
        rate_per_s=100, hold_s=10, purpose="raise"
    )


def test_a_limit_below_the_first_rate_is_found_on_the_way_down() -> None:
    capacity = found(SimulatedPlatform(steady(6)), searching(first=100))
    assert capacity.ending is Ending.FOUND
    assert capacity.sustained_per_s == pytest.approx(6, rel=0.2)
    assert [o.step.purpose for o in capacity.steps][:3] == ["raise", "lower", "lower"]


def test_when_not_even_the_lowest_rate_holds_it_says_so() -> None:
    platform = SimulatedPlatform(steady(1000), errors=1.0)
    capacity = found(platform, searching())
    assert capacity.ending is Ending.NOTHING_HELD
    assert capacity.sustained_per_s is None
    assert capacity.interval == (0.0, 1.0)
    assert capacity.broke == "success: 0% of 99%"


def test_a_saturated_generator_ends_it_with_what_held_before() -> None:
    capacity = found(SimulatedPlatform(steady(500), fastest=200), searching())
    assert capacity.ending is Ending.GENERATOR
    assert capacity.sustained_per_s == 120
    assert capacity.interval[1] is None
    assert capacity.reached_per_s == 240
    assert [o.rate_per_s for o in capacity.steps][-2:] == [240, 240]


def test_one_unfit_moment_is_tried_again() -> None:
    search = searching()
    step = search.next()
    assert step is not None
    search.take(StepOutcome(step=step, held=None, requests=1, arrivals=1, unfit="a hiccup"))
    assert search.next() == step
    assert found(SimulatedPlatform(steady(100)), search).sustained_per_s == pytest.approx(
        100, rel=0.06
    )


def decided_by(search: Search, decide: Callable[[Step], bool | None]) -> Capacity:
    while (step := search.next()) is not None:
        search.take(StepOutcome(step=step, held=decide(step), requests=9, arrivals=9, broke="it"))
    assert search.result is not None
    return search.result


def test_an_undecided_step_is_held_longer_and_then_told_as_a_doubt() -> None:
    def decide(step: Step) -> bool | None:
        return True if step.rate_per_s < 110 else False if step.rate_per_s > 130 else None

    capacity = decided_by(searching(first=30), decide)
    holds = [o.step.hold_s for o in capacity.steps if o.rate_per_s == 120]
    assert holds == [10, 20, 40]
    assert capacity.ending is Ending.FOUND
    low, high = capacity.interval
    assert capacity.sustained_per_s is not None
    assert 104 < capacity.sustained_per_s < 110
    assert low < capacity.sustained_per_s
    assert high is not None
    assert 130 < high < 138


def test_when_nothing_is_ever_decided_it_ends_unsettled() -> None:
    capacity = decided_by(searching(first=4), lambda _: None)
    assert capacity.ending is Ending.UNSETTLED
    assert capacity.sustained_per_s is None


@settings(max_examples=200, deadline=None)
@given(answers=st.lists(st.sampled_from([True, False, None]), min_size=100, max_size=100))
def test_whatever_it_is_told_it_ends_within_its_steps_its_time_and_its_ceiling(
    answers: list[bool | None],
) -> None:
    bounds = Bounds(ceiling_per_s=300, most_steps=40, longest_s=900)
    search, told = Search(10, bounds), iter(answers)
    capacity = decided_by(search, lambda _: next(told))
    assert len(capacity.steps) <= 40
    assert sum(o.step.hold_s for o in capacity.steps) <= 900
    assert all(1 <= o.rate_per_s <= 300 for o in capacity.steps)
    low, high = capacity.interval
    if capacity.sustained_per_s is not None:
        assert low <= capacity.sustained_per_s < (high or math.inf)
    assert search.next() is None


def test_it_stops_in_time_with_what_it_knows() -> None:
    search = Search(15, Bounds(ceiling_per_s=500, longest_s=45), latency_limits=LATENCY)
    capacity = found(SimulatedPlatform(steady(120)), search)
    assert capacity.ending is Ending.OUT_OF_STEPS
    assert not capacity.confirmed
    assert capacity.sustained_per_s is not None


def test_stopped_by_somebody_it_tells_what_it_knows() -> None:
    search = searching(first=15)
    for _ in range(2):
        step = search.next()
        assert step is not None
        search.take(StepOutcome(step=step, held=True, requests=9, arrivals=9))
    search.stop()
    assert search.next() is None
    assert search.result is not None
    assert search.result.sustained_per_s == 30
    assert search.result.ending is Ending.OUT_OF_STEPS


def counted(good: int = 100, valid: int = 100, **more: int) -> StepCounts:
    more = {"arrivals": valid, "completed": valid} | more
    return StepCounts(objectives=(ObjectiveCount("latency", good, valid, 0.95),), **more)


@pytest.mark.parametrize(
    ("counts", "held", "broke"),
    [
        (counted(100), True, ""),
        (counted(95), True, ""),
        (counted(94), None, "latency: 94% of 95%, which chance may explain"),
        (counted(60), False, "latency: 60% of 95%"),
        (counted(9499, 10_000), None, "latency: 94.9% of 95%, which chance may explain"),
        (counted(9430, 10_000), False, "latency: 94.3% of 95%"),
        (counted(0, 0), None, "no events of any objective on load"),
        (counted(1000, 1000, completed=999, missed=1), True, ""),
        (counted(1000, 1000, completed=998, missed=2), False, "2 arrivals missed"),
        (counted(200, 200, completed=170), False, "backlog grows: 0 midway, 30 at the end"),
        (counted(200, 200, completed=185), None, "backlog grows: 0 midway, 15 at the end"),
        (counted(200, 200, completed=170, outstanding_midway=28), True, ""),
        (counted(1164, 1164, arrivals=1200, outstanding_midway=18), True, ""),
        (
            counted(1100, 1100, arrivals=1200, outstanding_midway=90, unanswered=100),
            False,
            "latency: 91.6% of 95%",
        ),
        (counted(0, 0, arrivals=100, unanswered=100), False, "latency: 0% of 95%"),
    ],
)
def test_a_step_is_judged_by_its_counts(counts: StepCounts, held: bool | None, broke: str) -> None:
    assert judge_step(counts) == Judgement(held, broke)


def test_under_way_only_what_can_not_mend_breaks_a_step() -> None:
    slow = counted(9430, 10_000)
    assert judge_step(slow, under_way=True).held is None  # a bad second, perhaps
    assert judge_step(counted(60), under_way=True).held is False
    assert judge_step(counted(100, completed=50), under_way=True).held is None
    assert judge_step(counted(100, completed=90, missed=10), under_way=True).held is False


@settings(max_examples=40, deadline=None)
@given(
    limit=st.floats(20, 500),
    hold_s=st.floats(8, 60),
    limit_s=st.floats(0.1, 1.0),
)
def test_the_formula_tells_the_overload_at_which_the_share_falls_below_its_target(
    limit: float, hold_s: float, limit_s: float
) -> None:
    shown = overload_shown(limit, hold_s, [(limit_s, TARGET)])
    by_latency = limit_s / (TARGET * hold_s)
    assert shown <= by_latency

    def share_within(overload: float) -> float:
        count = int(limit * (1 + overload) * hold_s)
        arrived = np.arange(count) / (limit * (1 + overload))
        waited = np.arange(count) / limit - arrived
        return float((waited <= limit_s).mean())

    assert share_within(1.1 * by_latency) < TARGET + 2 / limit
    assert share_within(0.9 * by_latency) > TARGET
    assert needed_hold_s(by_latency, [(limit_s, TARGET)]) == pytest.approx(hold_s)


def test_without_a_latency_objective_the_backlog_tells_the_overload() -> None:
    assert overload_shown(120, 20) == pytest.approx(0.0613, abs=0.001)
    assert overload_shown(120, 200) < 0.02
    assert overload_shown(0.01, 1) == math.inf
