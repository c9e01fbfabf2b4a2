"""Arrivals come when they are due, whatever the users do, and none is lost or made twice."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import gevent  # type: ignore[import-untyped]
import pytest

from seakeep.load import open_loop
from seakeep.load.open_loop import ArrivalCounts, OpenLoop
from seakeep.load.split import ALONE, Epoch, Split
from tests.load.greenlets import LONG_S, ready, until

OUR_PARTS = (
    *("alarm", "breach_watch", "ceiling", "causes", "director", "fitness", "growing", "lead"),
    *("open_loop", "orders", "plan", "process", "recorder", "split", "team", "writer"),
)


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_loop, "_LOOK_EVERY_S", 0.002)


def begun(
    *times: float, ago_s: float = LONG_S, patience_s: float = 2 * LONG_S, split: Split | None = None
) -> OpenLoop:
    """Return a loop whose clock began some time ago."""
    loop = ready(patience_s, split)
    loop.begin(iter(times), perf_counter() - ago_s)
    return loop


def test_the_engine_does_not_import_locust() -> None:
    modules = ", ".join(f"seakeep.load.{part}" for part in OUR_PARTS)
    code = f"import sys, socket; own = socket.socket; import {modules}\n"
    code += "assert 'locust' not in sys.modules and socket.socket is own"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_arrivals_start_at_their_time_in_their_order_and_once() -> None:
    times = [0.004 * nth for nth in range(50)]
    taken: list[tuple[float, float]] = []

    def visit() -> None:
        while True:
            due = loop.take()
            taken.append((due, perf_counter()))
            gevent.sleep(0)

    loop = ready()
    users = [gevent.spawn(visit) for _ in range(4)]
    gevent.sleep(0)
    start_at = perf_counter() + 0.01
    loop.begin(iter(times), start_at)
    until(lambda: len(taken) == len(times))
    gevent.killall(users)
    assert [due for due, _ in taken] == pytest.approx([start_at + at for at in times])
    late_s = sorted(at - due for due, at in taken)
    assert late_s[0] > -1e-6
    assert late_s[25] < 0.1
    assert (loop.counts().due, loop.idle, loop.waiting) == (50, 0, 0)
    until(lambda: loop.over)


def test_arrivals_without_a_free_user_wait_and_keep_their_intended_time() -> None:
    loop = begun(1.0, 2.0, 3.0)
    until(lambda: loop.waiting == 3)
    taken = [loop.take(), loop.take()]
    assert taken == pytest.approx([loop.start_at + 1.0, loop.start_at + 2.0])
    counts = loop.counts()
    assert counts == ArrivalCounts(due=3, started=2, late=2)
    assert loop.waiting == 1
    assert loop.counts() == ArrivalCounts()


def test_arrivals_that_waited_too_long_are_given_up() -> None:
    loop = begun(1.0, 2.0, LONG_S - 1, patience_s=LONG_S / 2)
    until(lambda: loop.over)
    assert loop.take() == pytest.approx(loop.start_at + LONG_S - 1)
    assert loop.counts() == ArrivalCounts(due=3, started=1, late=1, missed=2)


def test_to_count_gives_up_what_nobody_comes_for() -> None:
    loop = begun(1.0, 2.0, LONG_S - 1, patience_s=LONG_S / 2)
    until(lambda: loop.over)
    assert loop.counts() == ArrivalCounts(due=3, missed=2)
    assert loop.waiting == 1


def test_the_end_gives_up_all_that_wait_and_a_halt_does_not() -> None:
    loop = begun(1.0, 2.0, LONG_S + 1000)
    until(lambda: loop.waiting == 2)
    loop.halt()
    assert (loop.waiting, loop.over) == (2, False)
    loop.end()
    assert loop.over
    assert loop.counts() == ArrivalCounts(due=2, missed=2)
    loop.end()
    assert loop.counts() == ArrivalCounts()


def test_a_reset_forgets_the_run_before() -> None:
    loop = begun(1.0, 2.0)
    until(lambda: loop.waiting == 2)
    loop.reset(patience_s=LONG_S)
    assert (loop.waiting, loop.over, loop.counts()) == (0, False, ArrivalCounts())
    loop.split = Split(ALONE)
    loop.begin(iter([LONG_S]), perf_counter() - LONG_S)
    assert loop.take() == pytest.approx(loop.start_at + LONG_S)


def test_a_schedule_that_is_not_known_yet_goes_on_when_it_is() -> None:
    known: list[float] = [1.0]
    is_whole = False

    def times() -> Iterator[float | None]:
        while known or not is_whole:
            yield known.pop(0) if known else None

    loop = ready()
    loop.begin(times(), perf_counter() - LONG_S)
    until(lambda: loop.waiting == 1)
    known += [2.0, 3.0]
    until(lambda: loop.waiting == 3)
    assert not loop.over
    is_whole = True
    until(lambda: loop.over)
    assert loop.counts() == ArrivalCounts(due=3)
    loop.end()


def test_arrivals_come_by_the_clock_that_was_put_right() -> None:
    loop = begun(1.0, ago_s=-LONG_S)
    gevent.sleep(0.005)
    assert loop.waiting == 0
    loop.start_at = perf_counter() - LONG_S
    assert loop.take() == pytest.approx(loop.start_at + 1.0)


def test_one_user_is_enough_for_arrivals_that_find_it_free() -> None:
    """Who comes for one that has been given up, and then waits for the next, is not late."""
    loop = begun(1.0, LONG_S + 0.05, patience_s=LONG_S / 2)
    until(lambda: loop.waiting == 1)
    assert loop.take() == pytest.approx(loop.start_at + LONG_S + 0.05)
    counts = loop.counts()
    assert (counts.due, counts.started, counts.late, counts.missed) == (2, 1, 0, 1)


def test_of_two_that_come_at_once_for_one_user_the_second_is_late() -> None:
    loop = ready()
    first = gevent.spawn(loop.take)
    gevent.sleep(0)
    loop.begin(iter([1.0, 1.0]), perf_counter() - LONG_S)
    until(first.ready)
    loop.take()
    counts = loop.counts()
    assert (counts.due, counts.started, counts.late) == (2, 2, 1)


def test_time_that_the_process_itself_lost_is_told_where_a_user_was_free() -> None:
    lags_s = []
    for users in (1, 0):
        loop = begun(0.01, ago_s=0.0)
        greenlets = [gevent.spawn(loop.take) for _ in range(users)]
        gevent.sleep(0)
        time.sleep(0.05)
        until(lambda loop=loop: loop.over)  # type: ignore[misc]
        lags_s.append(loop.counts().lag_s)
        gevent.killall(greenlets)
    assert lags_s[0] > 0.03
    assert lags_s[1] == 0.0


def test_who_joins_a_long_run_late_leaves_others_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(open_loop, "_LOOK_AT", 100)
    turns = 0

    def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            gevent.sleep(0)

    other = gevent.spawn(take_turns)
    times = [LONG_S * nth / 5000 for nth in range(5000)]
    loop = begun(*times, split=Split(Epoch(LONG_S - 1, 0, 1)))
    until(lambda: loop.over)
    other.kill()
    assert turns >= 40
    assert loop.counts().due == 5
    loop.end()


@pytest.mark.skipif(sys.platform != "linux", reason="only there are timers files")
def test_runs_one_after_the_other_leave_no_file_open() -> None:
    def files() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    loop = begun(1.0)
    before = files()
    for _ in range(10):
        loop.reset(patience_s=1.0)
        loop.begin(iter([1.0, 2.0 * LONG_S]), perf_counter())
        gevent.sleep(0)
    loop.end()
    assert files() <= before
