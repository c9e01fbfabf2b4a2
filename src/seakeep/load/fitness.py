"""Whether the load generator keeps up: the time that it loses is not the platform's.

A process of Locust is one thread with one loop. When that is short of CPU, whatever becomes ready
waits for its turn, arrivals and answers alike, and all durations grow by that wait. A small timer
that should ring often tells how long the wait was; the arrivals tell, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import Any

import gevent  # type: ignore[import-untyped]

__all__ = ["Fitness", "GeneratorWatch", "most_lag_s"]

_TICK_S = 0.02
_FULL_CPU = 0.97
"""The share of its core at which a process that has one thread of work is at its end."""
_FULL_LAG_S = 0.02
"""With all of its CPU used, and late by more than this on average, it is past its end."""
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
        cpu: The share of one core that it used.
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
        self._since = (perf_counter(), process_time())
        self._greenlet: Any = None

    def start(self) -> None:
        """Watch, until `stop`."""
        self._since = (perf_counter(), process_time())
        self._greenlet = gevent.spawn(self._tick)

    def stop(self) -> None:
        """Watch no longer."""
        if self._greenlet is not None:
            self._greenlet.kill()

    def look(self, arrival_lag_s: float = 0.0, out_of_sockets: int = 0) -> Fitness:
        """Return how it went since the last look.

        Args:
            arrival_lag_s: By how much an arrival that a user was free for came late, in seconds.
            out_of_sockets: Requests for which this machine had no socket.
        """
        lags_s, self._lags_s = self._lags_s, []
        wall, used = perf_counter(), process_time()
        cpu = (used - self._since[1]) / max(1e-9, wall - self._since[0])
        self._since = (wall, used)
        lag_s = max([arrival_lag_s, *lags_s])
        mean_s = sum(lags_s) / len(lags_s) if lags_s else lag_s
        unfit = ""
        if out_of_sockets:
            unfit = f"this machine had no socket left for {out_of_sockets} requests"
        elif lag_s > self._most_lag_s:
            unfit = (
                f"it was late by {lag_s * 1000:.0f} ms itself, at {cpu:.0%} of a core; "
                f"wanted at most {self._most_lag_s * 1000:.0f} ms"
            )
        elif cpu >= _FULL_CPU and mean_s > _FULL_LAG_S:
            unfit = (
                f"it used {cpu:.0%} of a core, and was late by {mean_s * 1000:.0f} ms on average"
            )
        return Fitness(lag_s=lag_s, cpu=cpu, unfit=unfit)

    def _tick(self) -> None:
        due = perf_counter() + _TICK_S
        while True:
            gevent.sleep(max(0.0, due - perf_counter()))
            now = perf_counter()
            self._lags_s.append(max(0.0, now - due - 0.001))  # timers are whole milliseconds
            due = now + _TICK_S
