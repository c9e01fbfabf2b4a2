"""Starvation: the time that the loop's own thread was ready to run and had no processor.

This, and not the machine's pressure or steal, measures what our timings suffer: a machine may be
busy all day and still give us a processor whenever we ask.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.probes.fitness.contention import Contention
from seakeep.probes.fitness.exchange import TICK_S, Exchange, Tick, Unfit
from seakeep.probes.fitness.losses import LossLog
from seakeep.probes.fitness.proc_files import read_text, whole_number

__all__ = ["CpuWait", "parse_waited_s"]


def parse_waited_s(text: str) -> float | None:
    """Return the seconds that a thread has waited for a processor in its life.

    They are the second number of its ``schedstat``, in nanoseconds:
    https://docs.kernel.org/scheduler/sched-stats.html. ``/proc/self/schedstat`` would be that of
    the main thread alone.
    """
    parts = text.split()
    waited_ns = whole_number(parts[1]) if len(parts) == 3 else None
    return None if waited_ns is None else waited_ns / 1e9


class CpuWait:
    """Keeps how long the thread that made it has waited for a processor, tick by tick.

    Where the kernel does not count that, it says nothing, and the lag of the loop has to do.
    """

    every_s = TICK_S

    def __init__(self, root: Path) -> None:
        thread = threading.get_native_id()
        self._file = str(root / f"proc/self/task/{thread}/schedstat")
        self._losses = LossLog()
        self._contention = Contention(root)
        self._at_s = time.perf_counter()
        self._waited_s = parse_waited_s(read_text(self._file))

    def sample(self, tick: Tick) -> None:
        """Note what was waited since the last sample."""
        waited_s = parse_waited_s(read_text(self._file))
        if waited_s is not None and self._waited_s is not None:
            lost_s = min(waited_s - self._waited_s, tick.now_s - self._at_s)
            self._losses.add(self._at_s, tick.now_s, lost_s)
        self._at_s, self._waited_s = tick.now_s, waited_s

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return the wait, when it can have changed the outcome or the duration."""
        excess = self._losses.excess(seen)
        if excess is None:
            return None
        return Unfit(
            Cause.OBSERVER_CPU,
            f"processor: wanted a wait of at most {format_duration(excess.tolerated_s)} of "
            f"{format_duration(seen.duration_s)}, got {format_duration(excess.lost_s)}"
            f"{self._contention.told(time.perf_counter())}",
        )
