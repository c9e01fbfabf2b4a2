"""The lag of the event loop: how late it comes to what it has to do, and what kept it."""

from __future__ import annotations

import time
from pathlib import Path

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.probes.fitness.contention import Contention
from seakeep.probes.fitness.cpu_wait import CpuWait
from seakeep.probes.fitness.exchange import TICK_S, Exchange, Tick, Unfit
from seakeep.probes.fitness.losses import Excess, LossLog

__all__ = ["LoopLag"]

MOSTLY = 0.5
"""The part of the lag that has to be a wait for a processor, for that to be the cause."""


class LoopLag:
    """Keeps from when to when the loop was late for a tick, and how long it had no processor then.

    It was late for answers and deadlines, too, whatever the reason: a long calculation on the loop,
    another thread that held the interpreter, a process that was stopped, a hypervisor that gave the
    processor to somebody else - or no processor, which has a cause of its own. That wait alone is
    no measure: a loop with much to do on a busy machine waits half of the time, a millisecond here
    and there, and is never late.
    """

    every_s = TICK_S

    def __init__(self, root: Path) -> None:
        self._losses = LossLog()
        self._cpu = CpuWait(root)
        self._contention = Contention(root)

    def sample(self, tick: Tick) -> None:
        """Note how late this tick is, and how much of that was a wait for a processor."""
        self._losses.add(tick.due_s, tick.now_s, self._cpu.since_last_s())

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return the lag, when it can have changed the outcome or the duration."""
        excess = self._losses.excess(seen)
        if excess is None:
            return None
        starved = excess.waited_s >= excess.lost_s * MOSTLY
        cause = Cause.OBSERVER_CPU if starved else Cause.OBSERVER_LAG
        return Unfit(cause, _told(excess, seen) + self._contention.told(time.perf_counter()))


def _told(excess: Excess, seen: Exchange) -> str:
    return (
        f"event loop: wanted it late by at most {format_duration(excess.tolerated_s)} of "
        f"{format_duration(seen.duration_s)}, got {format_duration(excess.lost_s)}, "
        f"{format_duration(excess.waited_s)} of it without a processor"
    )
