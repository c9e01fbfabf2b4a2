"""A clock that was set, or a machine that slept, is seen; gradual corrections are not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness import Exchange, Tick
from seakeep.probes.fitness.clock_steps import ClockReading, ClockSteps, read_clocks


def watched(*moves: tuple[float, float], cause: str = "", outcome: Outcome = Outcome.GOOD) -> str:
    """Return what is said of an exchange with these moves of the wall clock and sleeps in it."""
    readings = clocks(moves)
    steps = ClockSteps(Path("/"), read=lambda: next(readings))
    began_s = time.perf_counter()
    steps.sample(Tick.now())
    seen = Exchange(
        began_s=began_s, ended_s=time.perf_counter(), outcome=outcome, cause=cause, host="a.org"
    )
    found = steps.unfit(seen)
    assert found is None or found.cause is Cause.OBSERVER_CLOCK
    return found.message if found else ""


def clocks(moves: tuple[tuple[float, float], ...]) -> Iterator[ClockReading]:
    wall_s, monotonic_s, boot_s = 1.7e9, 50.0, 50.0
    yield ClockReading(wall_s, monotonic_s, boot_s)
    for stepped_s, slept_s in moves:
        wall_s += stepped_s + slept_s + 0.5
        monotonic_s += 0.5
        boot_s += slept_s + 0.5
        yield ClockReading(wall_s, monotonic_s, boot_s)
    while True:
        yield ClockReading(wall_s, monotonic_s, boot_s)


@pytest.mark.parametrize("cause", [Cause.TLS_EXPIRED, Cause.CERTIFICATE, Cause.STALE])
def test_a_step_of_seconds_matters_to_what_reads_the_clock(cause: Cause) -> None:
    said = watched((-7200.0, 0.0), cause=cause, outcome=Outcome.BAD)
    assert said == "clock: wanted one that goes on, got one that was set back by 2h"
    assert watched((1.5, 0.0), cause=cause, outcome=Outcome.BAD)
    assert not watched((0.4, 0.0), cause=cause, outcome=Outcome.BAD)


def test_a_step_of_minutes_matters_to_all_since_it_is_counted_in_the_wrong_one() -> None:
    assert not watched((5.0, 0.0))
    assert not watched((5.0, 0.0), cause=Cause.STATUS, outcome=Outcome.BAD)
    assert "set forward by 2m" in watched((120.0, 0.0))
    assert "set forward by 2m" in watched((120.0, 0.0), cause=Cause.STATUS, outcome=Outcome.BAD)


def test_a_machine_that_slept_can_not_tell_whose_fault_it_was() -> None:
    said = watched((0.0, 30.0), cause=Cause.RESET, outcome=Outcome.BAD)
    assert said == "clock: wanted one that goes on, got a machine that slept for 30s"


def test_a_reading_that_was_itself_interrupted_is_no_step() -> None:
    off = ClockReading(1.7e9 + 90, 50.5, 50.5)
    readings = iter(
        [ClockReading(1.7e9, 50.0, 50.0), off, *[ClockReading(1.7e9 + 1, 51.0, 51.0)] * 3]
    )
    steps = ClockSteps(Path("/"), read=lambda: next(readings))
    steps.sample(Tick.now())
    now_s = time.perf_counter()
    seen = Exchange(began_s=now_s - 5, ended_s=now_s, outcome=Outcome.GOOD)
    assert steps.unfit(seen) is None


def test_a_step_before_or_after_an_exchange_leaves_it_alone() -> None:
    readings = clocks(((300.0, 0.0),))
    steps = ClockSteps(Path("/"), read=lambda: next(readings))
    steps.sample(Tick.now())
    after_s = time.perf_counter()
    late = Exchange(began_s=after_s, ended_s=after_s + 1, outcome=Outcome.GOOD)
    early = Exchange(began_s=after_s - 9, ended_s=after_s - 8, outcome=Outcome.GOOD)
    assert steps.unfit(late) is None
    assert steps.unfit(early) is None


def test_the_real_clocks_stand_still_against_each_other() -> None:
    steps = ClockSteps(Path("/"), read=read_clocks)
    began_s = time.perf_counter()
    seen = Exchange(
        began_s=began_s, ended_s=began_s + 1, outcome=Outcome.BAD, cause=Cause.TLS_EXPIRED
    )
    assert steps.unfit(seen) is None
