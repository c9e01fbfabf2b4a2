"""Whether a generator that falls behind is found out, and a sound one is left in peace."""

from __future__ import annotations

import time

import gevent  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.load import fitness
from seakeep.load.fitness import GeneratorWatch, most_lag_s
from seakeep.load.thread_time import ThreadTime
from tests.load.greenlets import until


class Clock:
    """A clock that stands still until it is moved."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(fitness, "perf_counter", clock)
    return clock


def spend(monkeypatch: pytest.MonkeyPatch, cpu: float, waited: float) -> None:
    """Have the thread spend such shares of its time."""
    wall_s = 0.0

    def now(_: type[ThreadTime]) -> ThreadTime:
        nonlocal wall_s
        wall_s += 1.0
        return ThreadTime(wall_s, cpu * wall_s, waited * wall_s)

    monkeypatch.setattr(ThreadTime, "now", classmethod(now))


def test_a_loop_that_was_blocked_is_told_by_how_much() -> None:
    watch = GeneratorWatch(0.05)
    watch.start()
    gevent.spawn(time.sleep, 0.15).join()
    seen = watch.look()  # before the timer has its turn, or after
    watch.stop()
    assert seen.lag_s > 0.1
    assert seen.unfit.startswith(f"it was late by {seen.lag_s * 1000:.0f} ms")
    assert seen.unfit.endswith("wanted at most 50 ms")


def test_a_delay_counts_in_the_second_in_which_it_was_and_in_no_other(clock: Clock) -> None:
    watch = GeneratorWatch(0.05)
    watch.start()
    clock.now_s += 0.321
    seen = [watch.look(), watch.look()]
    gevent.sleep(0.03)  # the timer has its turn
    seen.append(watch.look())
    watch.stop()
    assert [round(each.lag_s, 9) for each in seen] == [0.3, 0.0, 0.0]
    assert [each.unfit.split(";")[0] for each in seen] == ["it was late by 300 ms itself", "", ""]


def test_a_delay_at_the_end_counts(clock: Clock) -> None:
    watch = GeneratorWatch(0.05)
    watch.start()
    clock.now_s += 0.221
    watch.stop()
    assert watch.look().lag_s == pytest.approx(0.2)


def test_what_was_before_the_start_and_after_the_stop_does_not_count(clock: Clock) -> None:
    watch = GeneratorWatch(0.05)
    clock.now_s += 5
    watch.start()
    clock.now_s += 5
    watch.start()
    assert watch.look().lag_s == 0.0
    watch.stop()
    clock.now_s += 5
    assert watch.look().lag_s == 0.0


def test_a_loop_that_is_sound_is_fit(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    spend(monkeypatch, cpu=0.6, waited=0.3)
    watch = GeneratorWatch(0.05)
    watch.start()
    monkeypatch.setattr(fitness, "_TICK_S", 0.0001)
    gevent.sleep(0.05)
    seen = watch.look(arrival_lag_s=0.05)
    watch.stop()
    assert (seen.unfit, seen.lag_s) == ("", 0.05)
    assert seen.cpu == pytest.approx(0.6)


@pytest.mark.parametrize(("cpu", "waited"), [(0.96, 0.0), (0.5, 0.46), (0.1, 0.9)])
def test_a_thread_without_rest_is_unfit(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, cpu: float, waited: float
) -> None:
    spend(monkeypatch, cpu, waited)
    monkeypatch.setattr(fitness, "_SPELL_TICKS", 1)
    watch = GeneratorWatch(0.05)
    watch.start()
    until(lambda: watch._busiest.cpu > 0)
    seen = [watch.look().unfit, watch.look().unfit]
    watch.stop()
    assert f"it used {cpu:.0%} of a core, and waited for one {waited:.0%} of the time" in seen[0]
    assert seen[1] == ""


def test_arrivals_that_came_late_tell_as_well() -> None:
    assert GeneratorWatch(0.05).look(arrival_lag_s=0.0501).unfit.startswith("it was late by 50 ms")
    assert GeneratorWatch(0.05).look(arrival_lag_s=0.05).unfit == ""


def test_a_machine_without_sockets_says_how_many_were_missing() -> None:
    seen = GeneratorWatch(0.05).look(arrival_lag_s=1.0, out_of_sockets=3)
    assert seen.unfit == "this machine had no socket left for 3 requests"


@given(st.lists(st.floats(0, 1000)))
def test_the_lag_that_is_accepted_is_half_the_shortest_limit_within_reason(
    limits_s: list[float],
) -> None:
    assert most_lag_s(limits_s) == sorted([0.05, min(limits_s, default=1.0) / 2, 0.25])[1]
