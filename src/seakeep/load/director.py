"""Directs a run: keeps its clock, shares its arrivals out, and sees when it is over."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]

from seakeep.load.growing import GrowingSchedule
from seakeep.load.orders import Orders
from seakeep.load.plan import RunPlan
from seakeep.load.split import LEAD_S, NOBODY, Epoch
from seakeep.load.team import Team

__all__ = ["START_S", "Director"]

_PULSE_S = 0.25
START_S = 0.3
"""Before a run's clock shows 0: every process must have its orders by then."""


class Director:
    """One run's.

    Attributes:
        expected: How many arrivals were due by now, in all processes together; all that there are
            when the run is deserted.
        is_complete: Whether the schedule came to its end, and nobody stopped it before.
        is_deserted: Whether all processes were gone before that: nobody makes the rest of it.
    """

    def __init__(self, team: Team, plan: RunPlan, on_end: Callable[[], None]) -> None:
        """Direct nothing yet.

        Args:
            team: The processes that make the load.
            plan: What the run is about to do.
            on_end: Called once when the schedule is over.
        """
        self.expected = 0
        self.is_complete = self.is_deserted = self._is_stopped = False
        self._team = team
        self._plan = plan
        self._on_end = on_end
        self._start_at = 0.0
        self._epochs: dict[str, Epoch] = {}
        self._members: tuple[str, ...] = ()
        self._times: Iterator[float | None] = iter(())
        self._next_s: float | None = None
        self._greenlet: Any = None

    @property
    def elapsed_s(self) -> float:
        """Return what the run's clock shows, in seconds; below 0 before it begins."""
        return perf_counter() - self._start_at

    def start(self) -> None:
        """Begin the run's clock."""
        self._start_at = perf_counter() + START_S
        self._times = self._plan.schedule.times()
        self._greenlet = gevent.spawn(self._direct)

    @property
    def has_started(self) -> bool:
        """Return whether the clock runs, or ran."""
        return self._greenlet is not None

    def stop(self) -> None:
        """Give no more orders; a second call does nothing."""
        if not self._is_stopped and not self.is_complete and self._is_deserted():
            self.is_deserted = True
            self._count_until(math.inf)
        self._is_stopped = True  # whoever goes from here on was sent
        if self._greenlet is not None and self._greenlet is not gevent.getcurrent():
            self._greenlet.kill()

    def _direct(self) -> None:
        while not self._is_over():
            self._share_out()
            for member in self._team.everyone():
                self._team.tell(member, self._orders(member))
            self._count()
            gevent.sleep(_PULSE_S)
        self._count()
        gevent.spawn(self._on_end)  # it stops this greenlet

    def _is_over(self) -> bool:
        schedule, elapsed_s = self._plan.schedule, self.elapsed_s
        if isinstance(schedule, GrowingSchedule) and not schedule.ended:
            return self._is_deserted()
        if elapsed_s < schedule.duration_s:
            return self._is_deserted()
        self.is_complete = True
        return self._team.is_done() or elapsed_s > schedule.duration_s + self._plan.patience_s

    def _is_deserted(self) -> bool:
        return bool(self._epochs) and not self._team.everyone()

    def _share_out(self) -> None:
        """Announce a new epoch when processes came or went."""
        members = self._team.members()
        if members == self._members:
            return
        elapsed_s = self.elapsed_s
        is_start = not self._epochs and elapsed_s < LEAD_S
        from_s = 0.0 if is_start else max(0.0, elapsed_s + LEAD_S)
        count = max(1, len(members))
        everyone = {*self._team.everyone(), *members}
        self._epochs = {
            each: Epoch(from_s, members.index(each) if each in members else NOBODY, count)
            for each in everyone
        }
        self._members = members

    def _orders(self, member: str) -> Orders:
        schedule = self._plan.schedule
        growing = schedule if isinstance(schedule, GrowingSchedule) else None
        return Orders(
            run=self._plan.number,
            elapsed_s=self.elapsed_s,
            epoch=self._epochs.get(member),
            max_rate_per_s=self._plan.max_rate_per_s / max(1, len(self._senders())),
            stretches=tuple(growing.stretches) if growing else (),
            ended=growing is not None and growing.ended,
        )

    def _senders(self) -> set[str]:
        """Return all that may send requests: who leaves does so until its share ends."""
        return {*self._team.everyone(), *self._members}

    def _count(self) -> None:
        self._count_until(self.elapsed_s)

    def _count_until(self, time_s: float) -> None:
        while True:
            if self._next_s is None:
                self._next_s = next(self._times, None)
            if self._next_s is None or self._next_s > time_s:
                return
            self.expected += 1
            self._next_s = None
