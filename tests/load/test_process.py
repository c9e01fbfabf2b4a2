"""What a process tells while it makes load: everything, once, and in time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]
import pytest

from seakeep.causes import Cause
from seakeep.generator import GeneratorSecond
from seakeep.load import open_loop, run_clock
from seakeep.load import process as load_process
from seakeep.load.ceiling import Ceiling
from seakeep.load.fitness import Fitness, GeneratorWatch
from seakeep.load.process import LoadProcess, Names
from seakeep.load.recorder import LATE_S, Recorder
from seakeep.load.split import ALONE
from seakeep.observation import Kind, Observation, Outcome
from tests.load.greenlets import until

LONG_S = 1000.0


class Doctor(GeneratorWatch):
    """Finds what it is told to find."""

    unfit = ""

    def look(self, arrival_lag_s: float = 0.0, out_of_sockets: int = 0) -> Fitness:
        return Fitness(lag_s=arrival_lag_s, cpu=0.25 + out_of_sockets, unfit=self.unfit)


@dataclass
class Works:
    """A process with users that ask once for each arrival."""

    users: int = 2
    told: list[list[Observation]] = field(default_factory=list)
    doctor: Doctor = field(default_factory=lambda: Doctor(1.0))
    ceiling: Ceiling = field(default_factory=Ceiling)
    greenlets: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        names = Names(platform="shop", scenario="browse", process="one")
        recorder = Recorder("shop", "browse")
        self.process = LoadProcess(
            names, recorder, self.doctor, self.ceiling, lambda: len(self.greenlets)
        )

    def prepare(self) -> None:
        self.process.prepare(patience_s=LONG_S * 2, tell=self.told.append)
        self.process.loop.split.announce(ALONE)
        self.greenlets = [gevent.spawn(self.visit) for _ in range(self.users)]

    def begin(self, *times: float, ago_s: float = LONG_S) -> None:
        self.process.begin(iter(times), perf_counter() - ago_s)

    def visit(self) -> None:
        while True:
            self.process.loop.take()
            self.ask()
            gevent.sleep(0)

    def ask(self, at: float | None = None) -> None:
        self.process.recorder.on_request(
            request_type="GET",
            name="/",
            response_time=5.0,
            start_time=at or time.time(),
            context={LATE_S: 0.0},
        )

    def end(self) -> None:
        gevent.killall(self.greenlets)
        self.greenlets = []
        self.process.end()

    @property
    def seconds(self) -> list[GeneratorSecond]:
        seen = [each for told in self.told for each in told if each.kind is Kind.GENERATOR]
        return [GeneratorSecond.of(each) for each in seen]

    @property
    def requests(self) -> list[Observation]:
        return [each for told in self.told for each in told if each.kind is Kind.LOAD]


@pytest.fixture(autouse=True)
def _in_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_loop, "_LOOK_EVERY_S", 0.002)
    monkeypatch.setattr(load_process, "_LOOK_S", 0.002)
    monkeypatch.setattr(load_process, "_SECOND_S", LONG_S)


@pytest.fixture
def works() -> Iterator[Works]:
    works = Works()
    works.prepare()
    yield works
    works.end()


def test_what_was_told_adds_up_to_what_happened(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_process, "_SECOND_S", 0.02)
    works.begin(*[0.005 * nth for nth in range(40)], ago_s=0.0)
    until(lambda: works.process.is_done)
    works.end()
    seconds = works.seconds
    assert len(seconds) > 2
    assert sum(each.due for each in seconds) == 40 == sum(each.started for each in seconds)
    assert sum(each.missed for each in seconds) == 0
    assert sum(each.events for each in works.requests) == 40
    for told in works.told:
        *requests, second = told
        assert GeneratorSecond.of(second).requests == sum(each.events for each in requests)
    assert [each.at for each in seconds] == sorted(each.at for each in seconds)
    assert {(each.process, each.users) for each in seconds[:-1]} == {("one", 2)}


def test_it_tells_at_once_when_all_is_done_and_only_once(works: Works) -> None:
    works.begin(1.0, 2.0, 3.0)
    until(lambda: len(works.told) > 0)
    gevent.sleep(0.02)
    (second,) = works.seconds
    assert (second.due, second.started, second.waiting, second.busy) == (3, 3, 0, 0)
    assert sum(each.events for each in works.requests) == 3


def test_it_is_not_done_while_somebody_waits_or_works() -> None:
    works = Works(users=0)
    works.prepare()
    works.begin(1.0)
    until(lambda: works.process.loop.over)
    assert not works.process.is_done
    works.greenlets = [gevent.spawn(gevent.sleep, LONG_S)]
    works.process.loop.take()
    assert works.process.busy == 1
    assert not works.process.is_done
    works.end()
    assert works.process.is_done


def test_those_who_wait_at_the_end_are_missed() -> None:
    works = Works(users=0)
    works.prepare()
    works.begin(1.0, 2.0, LONG_S * 2)
    until(lambda: works.process.loop.waiting == 2)
    works.process.halt()
    works.end()
    (second,) = works.seconds
    assert (second.due, second.started, second.missed, second.waiting) == (2, 0, 2, 0)


def test_nothing_is_told_before_anything_happens(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_process, "_SECOND_S", 0.001)
    gevent.sleep(0.01)
    assert works.told == []
    works.ask()  # as users may do before their first arrival
    until(lambda: len(works.requests) == 1)


def test_a_process_that_made_no_load_tells_nothing() -> None:
    works = Works()
    works.process.tell_now()
    works.process.end()
    assert works.told == []


def test_what_is_being_told_when_the_end_comes_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_process, "_SECOND_S", 0.001)
    works, begun = Works(users=0), []

    def tell(observations: list[Observation]) -> None:
        begun.append(len(observations))
        gevent.sleep(0.01)  # as a message does that has to wait for its connection
        works.told.append(observations)

    works.process.prepare(LONG_S, tell)
    works.ask()
    until(lambda: len(begun) == 1)
    works.end()
    assert sum(each.events for each in works.requests) == 1


def test_a_second_run_is_told_by_nobody_but_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    works = Works(users=0)
    works.prepare()
    works.ask()
    first = works.process._greenlet
    other: list[list[Observation]] = []
    works.process.prepare(LONG_S, other.append)
    assert first.dead
    works.ask()
    works.end()
    assert works.told == []
    assert [sum(each.events for each in told if each.kind is Kind.LOAD) for told in other] == [1]


def test_a_clock_that_is_set_back_changes_no_time_of_a_run(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    works.begin(LONG_S * 2)
    before = works.process.clock.now()
    monkeypatch.setattr(run_clock, "time", lambda: before - 3600)
    monkeypatch.setattr(load_process, "_SECOND_S", 0.01)
    until(lambda: len(works.told) > 2)
    assert all(0 <= each.at.timestamp() - before + 1 < 60 for each in works.seconds)


def test_requests_of_an_unfit_process_are_invalid_and_say_why() -> None:
    works = Works(users=0)
    works.prepare()
    began = time.time()
    works.doctor.unfit = "it was late by 300 ms itself"
    works.ask(began)
    works.process.tell_now()
    works.doctor.unfit = ""
    works.ask(began)  # it was under way at that time, and ended only now
    works.ask(began - 2)  # it was under way, too, and fast: no delay made it so
    works.ask(began + 3)
    works.process.tell_now()
    works.end()
    assert [each.outcome for each in works.requests] == [
        *(Outcome.INVALID, Outcome.INVALID, Outcome.GOOD, Outcome.GOOD)
    ]
    assert {(each.cause, each.message) for each in works.requests[:2]} == {
        (Cause.GENERATOR_SATURATED, "it was late by 300 ms itself")
    }
    assert [each.unfit for each in works.seconds][:2] == ["it was late by 300 ms itself", ""]


def test_requests_that_were_held_back_are_told_once() -> None:
    works = Works(users=0)
    works.prepare()
    works.ceiling.set_rate(1.0)
    for _ in range(3):
        works.ceiling.wait_s(1.0)
    works.process.tell_now()
    works.process.tell_now()
    works.end()
    assert [each.held_back for each in works.seconds] == [2, 0, 0]
