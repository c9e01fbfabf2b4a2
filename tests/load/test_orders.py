"""Orders come as they were sent, and a process does as it is told."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import gevent  # type: ignore[import-untyped]
import msgpack  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.load import open_loop
from seakeep.load.ceiling import Ceiling
from seakeep.load.fitness import GeneratorWatch
from seakeep.load.growing import GrowingSchedule, Stretch
from seakeep.load.orders import Follower, Orders
from seakeep.load.process import LoadProcess, Names
from seakeep.load.recorder import Recorder
from seakeep.load.split import NOBODY, Epoch
from tests.load.greenlets import until

LONG_S = 1000.0
numbers = st.floats(-1e6, 1e6)
epochs = st.builds(Epoch, numbers, st.integers(-1, 50), st.integers(1, 50))


class Desk:
    """A process that follows orders, and has no users."""

    def __init__(self, *stretches: Stretch) -> None:
        self.ceiling = Ceiling()
        names = Names(platform="shop", scenario="browse", process="one")
        recorder = Recorder("shop", "browse")
        self.process = LoadProcess(names, recorder, GeneratorWatch(9.0), self.ceiling, lambda: 0)
        self.follower = Follower(self.process, self.ceiling)
        self.schedule = GrowingSchedule("even", seed=0)
        self.stretches = stretches or (Stretch(1.0, 3.0), Stretch(0.0, LONG_S))
        self.prepare(run=7)

    def prepare(self, run: int) -> None:
        self.schedule = GrowingSchedule("even", seed=0)
        self.process.prepare(2 * LONG_S, lambda _: None)
        self.follower.prepare(run, self.schedule)

    def follow(
        self,
        elapsed_s: float = 3.0,
        run: int = 7,
        epoch: Epoch | None = Epoch(0.0, 0, 1),  # noqa: B008 - frozen
        rate_per_s: float = 50.0,
        stretches: int = 2,
    ) -> None:
        self.follower.follow(
            Orders(
                run=run,
                elapsed_s=elapsed_s,
                epoch=epoch,
                max_rate_per_s=rate_per_s,
                stretches=self.stretches[:stretches],
                ended=stretches == 2,
            )
        )

    @property
    def waits_s(self) -> float:
        """How long the last of seven requests at once must wait."""
        at = perf_counter() + LONG_S
        return [self.ceiling.wait_s(at) for _ in range(7)][-1]


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(open_loop, "_LOOK_EVERY_S", 0.002)
    desk = Desk()
    yield desk
    desk.process.end()


@given(
    st.builds(
        Orders,
        run=st.integers(0, 1000),
        elapsed_s=numbers,
        epoch=st.none() | epochs,
        max_rate_per_s=st.floats(0.01, 1e6) | st.just(float("inf")),
        stretches=st.lists(st.builds(Stretch, numbers, numbers), max_size=4).map(tuple),
        ended=st.booleans(),
    )
)
def test_orders_come_through_a_message_as_they_were(orders: Orders) -> None:
    body = msgpack.packb(orders.message(), use_bin_type=True)
    assert Orders.of(msgpack.unpackb(body, raw=False)) == orders


def test_the_first_orders_begin_the_arrivals(desk: Desk) -> None:
    desk.follow(elapsed_s=3.0)
    until(lambda: desk.process.loop.waiting == 3)
    assert desk.process.loop.start_at == pytest.approx(perf_counter() - 3.0, abs=1.0)


def test_the_clock_is_only_ever_put_to_an_earlier_start(desk: Desk) -> None:
    desk.follow(elapsed_s=3.0)
    first = desk.process.loop.start_at
    desk.follow(elapsed_s=2.0)  # a message that took a second longer
    assert desk.process.loop.start_at == first
    desk.follow(elapsed_s=103.0)
    assert first - 100.0 <= desk.process.loop.start_at < first


def test_the_orders_of_another_run_do_not_matter(desk: Desk) -> None:
    desk.follow(run=6)
    desk.follow(run=8)
    gevent.sleep(0.01)
    assert (desk.process.loop.waiting, desk.schedule.stretches) == (0, [])
    assert desk.waits_s == 0.0


def test_without_a_share_there_are_no_arrivals_but_the_ceiling_holds(desk: Desk) -> None:
    desk.follow(epoch=None, rate_per_s=10.0)
    gevent.sleep(0.01)
    assert desk.process.loop.waiting == 0
    assert desk.waits_s == pytest.approx(0.5)
    desk.follow()
    until(lambda: desk.process.loop.waiting == 3)


def test_a_process_is_held_to_the_ceiling_before_it_has_orders(desk: Desk) -> None:
    desk.follower.prepare(7, desk.schedule, max_rate_per_s=10.0)
    assert desk.waits_s == pytest.approx(0.5)


def test_a_share_that_is_told_again_and_again_is_taken_once(desk: Desk) -> None:
    for _ in range(5):
        desk.follow()
    until(lambda: desk.process.loop.waiting == 3)
    for _ in range(5):
        desk.follow(epoch=Epoch(3.1, NOBODY, 1))
    gevent.sleep(0.01)
    assert (desk.process.loop.waiting, len(desk.process.loop.split._epochs)) == (3, 2)


def test_a_schedule_grows_by_what_is_new(desk: Desk) -> None:
    desk.follow(elapsed_s=1.0, stretches=0)
    assert desk.schedule.stretches == []
    for known in (1, 1, 2, 2, 1):  # the last one overtook the one before
        desk.follow(elapsed_s=1.0, stretches=known)
    assert desk.schedule.stretches == list(desk.stretches)


def test_a_second_run_begins_anew(desk: Desk) -> None:
    desk.follow(elapsed_s=3.0)
    until(lambda: desk.process.loop.waiting == 3)
    desk.process.end()
    desk.prepare(run=8)
    desk.follow(elapsed_s=3.0, run=7)
    desk.follow(elapsed_s=2.6, run=8)
    until(lambda: desk.process.loop.waiting == 3)
    assert desk.process.loop.split._epochs == [Epoch(0.0, 0, 1)]
