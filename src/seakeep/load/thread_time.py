"""What a thread did with its time: computed, waited for a processor, or rested."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

__all__ = ["Spent", "ThreadTime"]

_SCHEDSTAT = Path("/proc/thread-self/schedstat")
"""Nanoseconds on a processor and waiting for one: https://docs.kernel.org/scheduler/sched-stats.html"""


@dataclass(frozen=True, slots=True)
class Spent:
    """How a thread spent some time, in shares of it.

    Attributes:
        cpu: On a processor.
        waited: Ready, and without one.
    """

    cpu: float
    waited: float

    @property
    def busy(self) -> float:
        """Return the share in which it had something to do."""
        return self.cpu + self.waited


@dataclass(frozen=True, slots=True)
class ThreadTime:
    """What a thread's clocks show, in seconds.

    Attributes:
        wall_s: The time of day, as it were; it never goes back.
        cpu_s: What it has computed in its life.
        waited_s: What it has waited for a processor; 0 where the kernel does not count.
    """

    wall_s: float
    cpu_s: float
    waited_s: float

    @classmethod
    def now(cls) -> Self:
        """Return those of the thread that asks."""
        return cls(time.perf_counter(), time.thread_time(), _waited_s())

    def share_since(self, earlier: ThreadTime) -> Spent:
        """Return how the time since then was spent."""
        wall_s = max(1e-9, self.wall_s - earlier.wall_s)
        return Spent(
            cpu=(self.cpu_s - earlier.cpu_s) / wall_s,
            waited=max(0.0, self.waited_s - earlier.waited_s) / wall_s,
        )


def _waited_s() -> float:
    try:
        return int(_SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0
