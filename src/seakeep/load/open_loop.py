"""Arrivals by the schedule, whatever the answers do: an open loop.

In a closed loop a user asks again when it has its answer, so a platform that stalls is asked less,
and the stall is measured once instead of by everyone who would have come meanwhile: "coordinated
omission" (Gil Tene, "How NOT to measure latency"; on open and closed systems: Schroeder, Wierman
and Harchol-Balter, "Open versus closed: a cautionary tale", NSDI 2006). Here each arrival has its
moment beforehand. A free user takes it; when none is free it waits, and its response time counts
from the moment it was meant to start.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import gevent  # type: ignore[import-untyped]
from gevent.queue import Empty, Queue  # type: ignore[import-untyped]

from seakeep.load.alarm import Alarm
from seakeep.load.split import LEAD_S, Share, Split

__all__ = ["ArrivalCounts", "OpenLoop"]

_LOOK_EVERY_S = 0.1
_LOOK_AHEAD_S = LEAD_S / 2
"""Arrivals are shared out so long before they are due: an announcement must have come by then."""
_LOOK_AT = 5000
"""Arrivals that are looked at before others have their turn: some milliseconds."""


@dataclass(frozen=True, slots=True)
class ArrivalCounts:
    """What became of arrivals.

    Attributes:
        due: The schedule had them.
        started: They began.
        late: Those of them that had to wait for a free user.
        missed: They were given up.
        lag_s: The longest that one which found a free user was late, in seconds.
    """

    due: int = 0
    started: int = 0
    late: int = 0
    missed: int = 0
    lag_s: float = 0.0


class _Arrival(NamedTuple):
    """One that is due, at a moment of `perf_counter`, and whether a user was free for it then."""

    due: float
    found_a_user: bool


class OpenLoop:
    """The arrivals of one process, handed to whichever of its users is free.

    Attributes:
        split: Which of the arrivals are this process's own.
        idle: Users that wait for an arrival.
        over: Whether the schedule has come to its end.
        start_at: The moment of `perf_counter` at which the run's clock is at 0.
    """

    def __init__(self, split: Split) -> None:
        """Wait for `begin`; ``split`` tells which arrivals are this process's own."""
        self.split = split
        self.idle = 0
        self.over = False
        self.start_at = 0.0
        self._patience_s = 0.0
        self._queue: Any = Queue()
        self._greenlet: Any = None
        self._due = self._started = self._late = self._missed = 0
        self._lag_s = 0.0

    def reset(self, patience_s: float) -> None:
        """Forget an earlier run; an arrival that waits longer than this will be given up."""
        self.end()
        self.counts()
        self.over = False
        self.split = Split()
        self._patience_s = patience_s

    def begin(self, times: Iterator[float | None], start_at: float) -> None:
        """Make the arrivals of a schedule.

        Args:
            times: When they are due, in seconds of the run, ascending; ``None`` for "not known
                yet".
            start_at: The moment of `perf_counter` at which the run begins.
        """
        self.start_at = start_at
        self._greenlet = gevent.spawn(self._run, times)

    def take(self) -> float:
        """Wait for an arrival, and return the moment of `perf_counter` that it was meant for."""
        self.idle += 1
        try:
            while True:
                arrival: _Arrival = self._queue.get()
                if perf_counter() - arrival.due <= self._patience_s:
                    self._started += 1
                    self._late += not arrival.found_a_user
                    return arrival.due
                self._missed += 1
        finally:
            self.idle -= 1

    @property
    def waiting(self) -> int:
        """Return how many arrivals wait for a free user."""
        return int(self._queue.qsize())

    def counts(self) -> ArrivalCounts:
        """Return what became of arrivals since the last time it was asked."""
        self._give_up_late_ones()
        counts = ArrivalCounts(self._due, self._started, self._late, self._missed, self._lag_s)
        self._due = self._started = self._late = self._missed = 0
        self._lag_s = 0.0
        return counts

    def halt(self) -> None:
        """Make no more arrivals; those that wait may still find a free user."""
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None

    def end(self) -> None:
        """Make no more arrivals, and give up those that wait."""
        self.halt()
        self._missed += self.waiting
        while self.waiting:
            self._queue.get_nowait()
        self.over = True

    def _run(self, times: Iterator[float | None]) -> None:
        share = Share(times, self.split)
        mine: deque[float] = deque()
        alarm = Alarm()
        try:
            while not self.over:
                now = perf_counter()
                mine.extend(share.until(now - self.start_at + _LOOK_AHEAD_S, most=_LOOK_AT))
                self._make(mine, alarm, until=now if share.is_behind else now + _LOOK_EVERY_S)
                self.over = share.over and not mine
        finally:
            alarm.close()

    def _make(self, mine: deque[float], alarm: Alarm, until: float) -> None:
        """Start those that are due before the next look."""
        while mine and self.start_at + mine[0] <= until:
            due = self.start_at + mine[0]
            late_s = perf_counter() - due
            if late_s < 0:
                alarm.sleep_until(due)
                late_s = perf_counter() - due
            mine.popleft()
            self._due += 1
            found_a_user = self.idle > self.waiting
            if found_a_user and late_s > self._lag_s:
                self._lag_s = late_s
            self._queue.put(_Arrival(due, found_a_user))
        alarm.sleep_until(until)

    def _give_up_late_ones(self) -> None:
        oldest = perf_counter() - self._patience_s
        try:
            while self._queue.peek(block=False).due < oldest:
                self._queue.get_nowait()
                self._missed += 1
        except Empty:
            return
