"""Whether the load generator keeps up: the time that it loses is not the platform's.

A process of Locust is one thread with one loop. When that always has something to do, whatever
becomes ready waits for its turn, arrivals and answers alike, and all durations grow by that wait.
So the thread must have rested now and then: neither computed, nor waited for a processor. And a
small timer that should ring often tells how long the longest wait was; the arrivals tell, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]

from seakeep.load.thread_time import Spent, ThreadTime

__all__ = ["Fitness", "GeneratorWatch", "most_lag_s"]

_TICK_S = 0.02
_SPELL_TICKS = 10
"""In each spell of so many ticks the thread must rest: a fifth of a second."""
_MOST_BUSY = 0.95
"""Waits grow as 1 / (1 - share) with the share of the time that one is busy: twentyfold at this one
(the M/M/1 queue; Kleinrock, "Queueing Systems", volume I, 1975, section 3.2)."""
_LEAST_LAG_S, _MOST_LAG_S = 0.05, 0.25


def most_lag_s(limits_s: Iterable[float]) -> float:
    """Return the lag that makes a second's latencies worthless, in seconds.

    Half of the shortest limit that an objective sets: what is lost to the generator may then decide
    between good and bad. Never below 50 ms, which any shared machine loses at times, nor above 250.
    """
    half_s = min(limits_s, default=2 * _MOST_LAG_S) / 2
    return min(_MOST_LAG_S, max(_LEAST_LAG_S, half_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitness:
    """How a generator's process did for a while.

    Attributes:
        lag_s: The longest wait for its own turn, in seconds.
        cpu: The share of one core that its thread used.
        unfit: Why its latencies are not to be trusted; empty when they are.
    """

    lag_s: float
    cpu: float
    unfit: str


class GeneratorWatch:
    """Watches the loop and the CPU of this process."""

    def __init__(self, most_lag_s: float) -> None:
        """Judge by the longest lag that is accepted, in seconds."""
        self._most_lag_s = most_lag_s
        self._lags_s: list[float] = []
        self._since = self._spell_since = ThreadTime.now()
        self._busiest = Spent(0.0, 0.0)
        self._due = math.inf
        self._greenlet: Any = None

    def start(self) -> None:
        """Watch from here on, until `stop`."""
        self.stop()
        self._lags_s.clear()
        self._due = perf_counter() + _TICK_S
        self._since = self._spell_since = ThreadTime.now()
        self._greenlet = gevent.spawn(self._tick)

    def stop(self) -> None:
        """Watch no longer; what was seen until now is for the next look."""
        self._note_lag()
        if self._greenlet is not None:
            self._greenlet.kill()
            self._greenlet = None
        self._due = math.inf

    def look(self, arrival_lag_s: float = 0.0, out_of_sockets: int = 0) -> Fitness:
        """Return how it went since the last look.

        Args:
            arrival_lag_s: By how much an arrival that a user was free for came late, in seconds.
            out_of_sockets: Requests for which this machine had no socket.
        """
        self._note_lag()  # the timer may be the next to have its turn
        lags_s, self._lags_s = self._lags_s, []
        lag_s = max([arrival_lag_s, *lags_s])
        since, self._since = self._since, ThreadTime.now()
        busiest, self._busiest = self._busiest, Spent(0.0, 0.0)
        unfit = ""
        if out_of_sockets:
            unfit = f"this machine had no socket left for {out_of_sockets} requests"
        elif lag_s > self._most_lag_s:
            unfit = (
                f"it was late by {lag_s * 1000:.0f} ms itself; "
                f"wanted at most {self._most_lag_s * 1000:.0f} ms"
            )
        elif busiest.busy > _MOST_BUSY:
            unfit = (
                f"its thread had no rest: it used {busiest.cpu:.0%} of a core, and waited for one "
                f"{busiest.waited:.0%} of the time; wanted at most {_MOST_BUSY:.0%} in all"
            )
        return Fitness(lag_s=lag_s, cpu=self._since.share_since(since).cpu, unfit=unfit)

    def _tick(self) -> None:
        ticks = 0
        while True:
            gevent.sleep(max(0.0, self._due - perf_counter()))
            self._note_lag()
            self._due = perf_counter() + _TICK_S
            ticks += 1
            if ticks % _SPELL_TICKS == 0:
                self._end_spell()

    def _note_lag(self) -> None:
        """Note by how much the timer is late by now; what is noted does not count again."""
        now = perf_counter()
        if now > self._due:
            self._lags_s.append(max(0.0, now - self._due - 0.001))  # timers are whole milliseconds
            self._due = now

    def _end_spell(self) -> None:
        since, self._spell_since = self._spell_since, ThreadTime.now()
        spent = self._spell_since.share_since(since)
        if spent.busy > self._busiest.busy:
            self._busiest = spent
