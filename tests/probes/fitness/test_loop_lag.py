"""A loop that is held up for real is seen, and a loop that is merely busy is not."""

from __future__ import annotations

import asyncio
import re
import time

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness import Exchange, FitnessMonitor
from seakeep.probes.fitness.loop_lag import LoopLag


def timed_out(began_s: float) -> Exchange:
    return Exchange(
        began_s=began_s,
        ended_s=time.perf_counter(),
        outcome=Outcome.BAD,
        cause=Cause.TIMEOUT_READ,
        host="127.0.0.1",
    )


def test_a_stall_of_the_loop_makes_what_ran_out_of_time_meanwhile_invalid() -> None:
    async def story() -> None:
        async with FitnessMonitor(sources=(LoopLag,)) as monitor:
            began_s = time.perf_counter()
            asyncio.get_running_loop().call_soon(time.sleep, 0.5)
            await asyncio.sleep(0.51)
            found = monitor.unfit(timed_out(began_s))
        assert found is not None
        assert found.cause is Cause.OBSERVER_LAG
        assert re.match(r"event loop: wanted it late by at most \S+ of \S+, got ", found.message)

    asyncio.run(story())


def test_a_stall_counts_for_the_exchange_that_brings_it_about_itself() -> None:
    async def story() -> None:
        async with FitnessMonitor(sources=(LoopLag,)) as monitor:
            began_s = time.perf_counter()
            time.sleep(0.5)  # noqa: ASYNC251 - the mistake that is to be found
            found = monitor.unfit(timed_out(began_s))
        assert found is not None
        assert found.cause is Cause.OBSERVER_LAG

    asyncio.run(story())


def test_a_stall_excuses_neither_a_wrong_answer_nor_a_good_one_nor_what_came_after() -> None:
    async def story() -> None:
        async with FitnessMonitor(sources=(LoopLag,)) as monitor:
            began_s = time.perf_counter()
            time.sleep(0.4)  # noqa: ASYNC251 - the mistake that is to be found
            await asyncio.sleep(0)
            ended_s = time.perf_counter()
            for outcome, cause in ((Outcome.BAD, Cause.STATUS), (Outcome.GOOD, "")):
                seen = Exchange(began_s=began_s, ended_s=ended_s, outcome=outcome, cause=cause)
                assert monitor.unfit(seen) is None
            later = Exchange(
                began_s=ended_s, ended_s=ended_s + 9, outcome=Outcome.BAD, cause=Cause.TIMEOUT_READ
            )
            assert monitor.unfit(later) is None

    asyncio.run(story())


def test_a_loop_that_is_busy_all_the_time_can_still_judge_a_silent_server() -> None:
    async def story() -> None:
        async with FitnessMonitor(sources=(LoopLag,)) as monitor:
            began_s = time.perf_counter()
            while time.perf_counter() < began_s + 1.5:
                time.sleep(0.01)  # noqa: ASYNC251 - ten milliseconds of work, again and again
                await asyncio.sleep(0)
            assert monitor.unfit(timed_out(began_s)) is None

    asyncio.run(story())


def test_a_monitor_that_was_left_judges_what_it_saw_and_looks_no_further() -> None:
    async def story() -> None:
        async with FitnessMonitor(sources=(LoopLag,)) as monitor:
            pass
        began_s = time.perf_counter()
        time.sleep(0.3)  # noqa: ASYNC251 - nobody's stall
        assert monitor.unfit(timed_out(began_s)) is None

    asyncio.run(story())
