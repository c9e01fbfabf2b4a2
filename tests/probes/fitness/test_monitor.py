"""The monitor asks each source in turn, and costs next to nothing."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seakeep.causes import Cause
from seakeep.fitness_wording import fitness_summary
from seakeep.observation import Kind, Observation, Outcome
from seakeep.probes.fitness import SOURCES, Exchange, FitnessMonitor, Tick, Unfit


class Doubtful:
    """A source with one doubt, about everything."""

    every_s = 0.05

    def __init__(self, cause: Cause) -> None:
        self.cause = cause
        self.ticks: list[Tick] = []

    def sample(self, tick: Tick) -> None:
        self.ticks.append(tick)

    def unfit(self, seen: Exchange) -> Unfit | None:
        assert seen.outcome is Outcome.GOOD
        return Unfit(self.cause, "wanted, got")


SEEN = Exchange(began_s=0, ended_s=1, outcome=Outcome.GOOD)


def test_the_first_source_with_a_doubt_gives_the_cause() -> None:
    async def story() -> Unfit | None:
        first, second = Doubtful(Cause.OBSERVER_CPU), Doubtful(Cause.OBSERVER_LAG)
        async with FitnessMonitor(sources=(lambda _: first, lambda _: second)) as monitor:
            return monitor.unfit(SEEN)

    assert asyncio.run(story()) == Unfit(Cause.OBSERVER_CPU, "wanted, got")


def test_sampling_ends_with_the_monitor() -> None:
    async def story() -> tuple[int, int]:
        source = Doubtful(Cause.OBSERVER_LAG)
        async with FitnessMonitor(sources=[lambda _: source]):
            await asyncio.sleep(0.25)
        during = len(source.ticks)
        await asyncio.sleep(0.15)
        return during, len(source.ticks)

    during, after = asyncio.run(story())
    assert 1 < during == after


def test_a_machine_without_proc_and_sys_is_watched_by_its_loop_and_clocks_alone(
    tmp_path: Path,
) -> None:
    async def story() -> list[Unfit | None]:
        async with FitnessMonitor(root=tmp_path) as monitor:
            began_s = time.perf_counter()
            await asyncio.sleep(0.12)
            return [
                monitor.unfit(
                    Exchange(
                        began_s=began_s,
                        ended_s=time.perf_counter(),
                        outcome=Outcome.BAD,
                        cause=cause,
                        host="a.org",
                        addresses=("198.51.100.1",),
                    )
                )
                for cause in Cause
                if cause is not Cause.SLOW
            ]

    assert set(asyncio.run(story())) == {None}


def test_asking_costs_microseconds_when_nothing_is_wrong() -> None:
    async def story() -> float:
        async with FitnessMonitor() as monitor:
            await asyncio.sleep(0)
            now_s = time.perf_counter()
            seen = Exchange(began_s=now_s - 0.02, ended_s=now_s, outcome=Outcome.GOOD, host="a.org")
            began_s = time.thread_time()
            for _ in range(2000):
                monitor.unfit(seen)
            return (time.thread_time() - began_s) / 2000

    assert min(asyncio.run(story()) for _ in range(3)) < 50e-6  # some 4 on a quiet machine


def test_each_source_says_nothing_of_an_exchange_that_went_well() -> None:
    async def story() -> list[Unfit | None]:
        sources = [make(Path("/")) for make in SOURCES]
        for source in sources:
            source.sample(Tick.now())
        now_s = time.perf_counter()
        seen = Exchange(began_s=now_s - 0.02, ended_s=now_s, outcome=Outcome.GOOD, host="a.org")
        return [source.unfit(seen) for source in sources]

    assert set(asyncio.run(story())) == {None}


def observed(outcome: Outcome, cause: str = "") -> Observation:
    return Observation(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        platform="test",
        kind=Kind.PROBE,
        name="health",
        location="here",
        run_id="run",
        outcome=outcome,
        duration_s=0.1,
        cause=cause,
    )


def test_a_run_of_mostly_invalid_observations_says_so_in_one_sentence() -> None:
    seen = [
        *[observed(Outcome.INVALID, Cause.OBSERVER_CPU)] * 2,
        *[observed(Outcome.INVALID, Cause.OBSERVER_LAG)] * 5,
        observed(Outcome.GOOD),
        observed(Outcome.BAD, Cause.STATUS),
    ]
    assert fitness_summary(seen) == (
        "the observer was unfit: 7 of 9 observations are invalid (observer-lag 5, observer-cpu 2); "
        "this says nothing of the platform"
    )


@pytest.mark.parametrize("valid", [0, 1])
def test_half_of_a_run_is_not_most_of_it(valid: int) -> None:
    invalid = observed(Outcome.INVALID, Cause.BROWSER)
    said = fitness_summary([invalid, *[observed(Outcome.GOOD)] * valid])
    wanted = (
        "the observer was unfit: 1 of 1 observation is invalid (browser 1); "
        "this says nothing of the platform"
    )
    assert said == (None if valid else wanted)


def test_a_run_without_observations_says_nothing_of_the_observer() -> None:
    assert fitness_summary([]) is None
