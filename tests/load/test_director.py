"""A run's clock, its shares and its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import gevent  # type: ignore[import-untyped]
import pytest

from seakeep.load import director as load_director
from seakeep.load.director import Director
from seakeep.load.growing import GrowingSchedule, Stretch
from seakeep.load.orders import Orders
from seakeep.load.plan import AnySchedule, RunPlan
from seakeep.load.split import LEAD_S, NOBODY, Epoch
from seakeep.observation import Observation
from tests.load.greenlets import until

MAX_RATE_PER_S = 60.0
LONG_S = 1000.0


@dataclass
class Crew:
    """A team on paper."""

    here: tuple[str, ...] = ("a",)
    at_work: tuple[str, ...] = ("a",)
    done: bool = False
    told: list[tuple[str, Orders]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)

    def prepare(self, plan: RunPlan, take: Callable[[Sequence[Observation]], None]) -> None:
        """Nothing to prepare."""

    def everyone(self) -> tuple[str, ...]:
        return self.here

    def members(self) -> tuple[str, ...]:
        return self.at_work

    def is_done(self) -> bool:
        return self.done

    def tell(self, member: str, orders: Orders) -> None:
        self.told.append((member, orders))

    def finish(self) -> None:
        """Nothing to finish."""

    def end(self) -> None:
        """Nothing to end."""

    def latest(self, member: str) -> Orders:
        """Return the orders of a pulse to come."""
        count = len(self.told)
        until(lambda: any(each == member for each, _ in self.told[count + len(self.here) :]))
        return [orders for each, orders in self.told if each == member][-1]


class Run:
    """A run that is directed, for as long as a test takes."""

    def __init__(self) -> None:
        self.crew = Crew()
        self.ends = 0
        self.schedule: AnySchedule = steady(LONG_S)
        self.patience_s = LONG_S
        self.director: Director | None = None

    def start(self) -> Director:
        plan = RunPlan(
            number=3,
            schedule=self.schedule,
            max_rate_per_s=MAX_RATE_PER_S,
            patience_s=self.patience_s,
        )
        self.director = Director(self.crew, plan, self._on_end)
        self.director.start()
        return self.director

    def _on_end(self) -> None:
        self.ends += 1
        assert self.director is not None
        self.director.stop()


def steady(seconds: float, rate_per_s: float = 10.0) -> GrowingSchedule:
    schedule = GrowingSchedule("even", seed=0)
    schedule.extend(Stretch(rate_per_s, seconds))
    schedule.ended = True
    return schedule


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setattr(load_director, "_PULSE_S", 0.002)
    monkeypatch.setattr(load_director, "START_S", 0.02)
    run = Run()
    yield run
    if run.director is not None:
        run.director.stop()


def test_the_first_share_begins_with_the_run(run: Run) -> None:
    run.crew.here = run.crew.at_work = ("a", "b")
    run.start()
    assert run.crew.latest("b").epoch == Epoch(0.0, 1, 2)
    first = [orders for _, orders in run.crew.told][:2]
    assert all(-0.02 <= orders.elapsed_s <= LEAD_S for orders in first)
    assert {orders.epoch for orders in first} == {Epoch(0.0, 0, 2), Epoch(0.0, 1, 2)}
    assert {orders.run for orders in first} == {3}


def test_who_joins_has_a_share_that_all_hear_of_before_it_begins(run: Run) -> None:
    director = run.start()
    run.crew.latest("a")
    run.crew.here = ("a", "b")
    assert run.crew.latest("b").epoch is None  # its users are not there yet
    before_s = director.elapsed_s
    run.crew.at_work = ("a", "b")
    until(lambda: run.crew.latest("b").epoch is not None)
    mine, others = run.crew.latest("a").epoch, run.crew.latest("b").epoch
    assert mine is not None
    assert others is not None
    assert (mine.index, others.index, mine.count, others.count) == (0, 1, 2, 2)
    assert before_s + LEAD_S <= mine.from_s == others.from_s <= director.elapsed_s + LEAD_S
    heard = next(orders for _, orders in run.crew.told if orders.epoch == others)
    assert heard.elapsed_s < mine.from_s


def test_who_leaves_is_told_so_and_the_others_take_its_share(run: Run) -> None:
    run.crew.here = run.crew.at_work = ("a", "b")
    run.start()
    run.crew.latest("b")
    run.crew.at_work = ("b",)
    leaver, other = run.crew.latest("a").epoch, run.crew.latest("b").epoch
    assert leaver is not None
    assert other is not None
    assert (leaver.index, other.index, other.count) == (NOBODY, 0, 1)
    assert leaver.from_s == other.from_s >= LEAD_S - 0.02


def test_the_ceiling_is_shared_by_all_who_may_send(run: Run) -> None:
    run.crew.here = run.crew.at_work = ("a", "b", "c")
    run.start()
    assert run.crew.latest("b").max_rate_per_s == MAX_RATE_PER_S / 3
    run.crew.at_work = ("b", "c")  # the first still sends until its share ends
    assert run.crew.latest("b").max_rate_per_s == MAX_RATE_PER_S / 3
    run.crew.here = ("b", "c")
    assert run.crew.latest("b").max_rate_per_s == MAX_RATE_PER_S / 2


def test_nobody_is_given_what_was_due_before_there_was_anybody(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_director, "LEAD_S", 0.05)
    run.crew.here, run.crew.at_work = ("a",), ()
    director = run.start()
    until(lambda: director.elapsed_s > 0.1)
    run.crew.at_work = ("a",)
    until(lambda: run.crew.latest("a").epoch is not None)
    epoch = run.crew.latest("a").epoch
    assert epoch is not None
    assert epoch.from_s > 0.15


def test_the_run_ends_when_its_schedule_is_over_and_all_are_done(run: Run) -> None:
    run.schedule = steady(0.05, rate_per_s=100.0)
    director = run.start()
    until(lambda: director.elapsed_s > 0.08)
    assert (run.ends, director.is_complete) == (0, True)
    run.crew.done = True
    until(lambda: run.ends == 1)
    gevent.sleep(0.01)
    assert (run.ends, director.expected) == (1, 5)


def test_a_run_whose_answers_never_come_ends_after_patience(run: Run) -> None:
    run.schedule, run.patience_s = steady(0.02), 0.03
    director = run.start()
    until(lambda: run.ends == 1)
    assert director.elapsed_s > 0.05
    assert director.is_complete


@pytest.mark.parametrize("schedule", [steady(LONG_S), GrowingSchedule("even", seed=0)])
def test_a_run_that_nobody_is_left_in_ends(run: Run, schedule: AnySchedule) -> None:
    run.schedule = schedule
    director = run.start()
    run.crew.latest("a")
    run.crew.at_work = ()  # first it takes no more arrivals, then it is gone
    run.crew.latest("a")
    run.crew.here = ()
    until(lambda: run.ends == 1)
    assert not director.is_complete


def test_a_search_ends_when_its_schedule_does_and_is_told_as_it_grows(run: Run) -> None:
    run.schedule = growing = GrowingSchedule("even", seed=0)
    run.crew.done = True
    director = run.start()
    until(lambda: director.elapsed_s > 0.02)
    growing.extend(Stretch(1000.0, 0.05))
    assert run.crew.latest("a").stretches == (Stretch(1000.0, 0.05),)
    until(lambda: director.expected == 50)
    assert (run.ends, run.crew.latest("a").ended) == (0, False)
    growing.ended = True
    until(lambda: run.ends == 1)
    assert director.expected == 50


def test_arrivals_are_expected_as_the_clock_goes(run: Run) -> None:
    run.schedule = steady(LONG_S, rate_per_s=1000.0)
    director = run.start()
    until(lambda: director.expected >= 20)
    before = director.expected
    assert before <= director.elapsed_s * 1000.0 + 1
    until(lambda: director.expected > before)


def test_a_director_that_is_stopped_gives_no_more_orders(run: Run) -> None:
    director = run.start()
    assert director.has_started
    run.crew.latest("a")
    director.stop()
    director.stop()
    count = len(run.crew.told)
    gevent.sleep(0.01)
    assert (len(run.crew.told), run.ends, director.is_complete) == (count, 0, False)


def test_the_clock_starts_a_little_later(run: Run) -> None:
    began = perf_counter()
    director = run.start()
    assert -0.02 <= director.elapsed_s <= perf_counter() - began - 0.02
