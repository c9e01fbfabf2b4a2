"""Sleeps of a greenlet that end when they should."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest

from seakeep.load.alarm import Alarm


@pytest.fixture(params=["linux", "elsewhere"])
def alarm(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Alarm]:
    monkeypatch.setattr(sys, "platform", request.param)
    alarm = Alarm()
    yield alarm
    alarm.close()


def test_nobody_is_woken_before_the_moment(alarm: Alarm) -> None:
    for _ in range(20):
        at = perf_counter() + 0.0013
        alarm.sleep_until(at)
        assert perf_counter() > at - 1e-6


def test_half_of_the_sleeps_end_at_the_moment(alarm: Alarm) -> None:
    late_s = []
    for _ in range(21):
        at = perf_counter() + 0.0013
        alarm.sleep_until(at)
        late_s.append(perf_counter() - at)
    assert sorted(late_s)[10] < 0.02  # on a machine with other work beside


def test_others_have_their_turn_even_when_the_moment_has_passed(alarm: Alarm) -> None:
    turns: list[str] = []
    other = gevent.spawn(turns.append, "other")
    for moment in (perf_counter() - 1, -5.0, 0.0):
        alarm.sleep_until(moment)
    other.join()
    assert turns == ["other"]


def test_who_is_killed_asleep_leaves_an_alarm_that_can_be_used_again(alarm: Alarm) -> None:
    sleeper = gevent.spawn(alarm.sleep_until, perf_counter() + 1000)
    gevent.sleep(0)
    sleeper.kill()
    began = perf_counter()
    alarm.sleep_until(began + 0.001)
    assert began + 0.001 - 1e-6 < perf_counter() < began + 500


def test_a_timer_that_can_not_be_set_is_no_endless_sleep(alarm: Alarm) -> None:
    setting: Any = alarm
    setting._set = lambda *_: -1
    at = perf_counter() + 0.002
    alarm.sleep_until(at)
    assert perf_counter() > at - 1e-6


@pytest.mark.skipif(sys.platform != "linux", reason="only there are timers files")
def test_a_closed_alarm_gives_its_file_back() -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    Alarm().close()  # whatever is opened once
    before = files()
    alarm = Alarm()
    assert files() == before + 1
    alarm.close()
    alarm.close()
    assert files() == before
    alarm.sleep_until(perf_counter() + 0.001)
