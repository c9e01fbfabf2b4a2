"""What the director of a run tells a process that makes load, several times a second."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import Any, Self

from seakeep.load.ceiling import Ceiling
from seakeep.load.growing import GrowingSchedule, Stretch
from seakeep.load.plan import AnySchedule
from seakeep.load.process import LoadProcess
from seakeep.load.split import Epoch

__all__ = ["Follower", "Orders"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """A run's clock, and one process's part in it.

    Attributes:
        run: The number of the run, among those that one start of Locust makes.
        elapsed_s: What the run's clock shows, in seconds; below 0 before it begins.
        epoch: The latest share of the arrivals; ``None`` as long as there is none.
        max_rate_per_s: The requests per second that this process may send.
        stretches: All of a growing schedule that is known; empty for one that is fixed. Some
            hundred at most, since neighbours of one rate are one.
        ended: Whether a growing schedule goes no further.
    """

    run: int
    elapsed_s: float
    epoch: Epoch | None
    max_rate_per_s: float
    stretches: tuple[Stretch, ...] = ()
    ended: bool = False

    def message(self) -> dict[str, Any]:
        """Return it as plain values, for a message of Locust's."""
        stretches = [(each.rate_per_s, each.seconds) for each in self.stretches]
        return {**asdict(replace(self, stretches=())), "stretches": stretches}

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Return what `message` gave."""
        epoch, stretches = message["epoch"], message["stretches"]
        return cls(
            **{
                **message,
                "epoch": Epoch(**epoch) if epoch else None,
                "stretches": tuple(Stretch(*stretch) for stretch in stretches),
            }
        )


class Follower:
    """Has the load of one process follow its orders."""

    def __init__(self, process: LoadProcess, ceiling: Ceiling) -> None:
        """Follow with that process; ``ceiling`` is the one of its requests."""
        self._process = process
        self._ceiling = ceiling
        self._schedule: AnySchedule | None = None
        self._run = -1
        self._epoch: Epoch | None = None
        self._has_begun = False

    def prepare(self, run: int, schedule: AnySchedule, max_rate_per_s: float | None = None) -> None:
        """Be ready for a run's orders; those of others do not matter.

        Args:
            run: Its number.
            schedule: When its arrivals are due.
            max_rate_per_s: The requests per second that this process may send until it has orders:
                users may ask for something as soon as they are there.
        """
        if max_rate_per_s is not None:
            self._ceiling.set_rate(max_rate_per_s)
        self._run = run
        self._schedule = schedule
        self._epoch = None
        self._has_begun = False

    def follow(self, orders: Orders) -> None:
        """Do as told."""
        if orders.run != self._run or self._schedule is None:
            return
        self._ceiling.set_rate(orders.max_rate_per_s)
        if orders.epoch is None:
            return
        if isinstance(self._schedule, GrowingSchedule):
            self._schedule.follow(orders.stretches)
            self._schedule.ended = orders.ended
        if orders.epoch != self._epoch:
            self._epoch = orders.epoch
            self._process.loop.split.announce(orders.epoch)
        start_at = perf_counter() - orders.elapsed_s
        if not self._has_begun:
            self._has_begun = True
            times: Iterator[float | None] = self._schedule.times()
            self._process.begin(times, start_at)
        elif start_at < self._process.loop.start_at:
            # Messages take time, the fastest the least: its clock is the truest (F. Cristian,
            # "Probabilistic clock synchronization", Distributed Computing 3, 1989).
            self._process.loop.start_at = start_at
