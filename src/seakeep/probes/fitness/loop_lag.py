"""The lag of the event loop: how late it comes to what it has to do."""

from __future__ import annotations

import time
from pathlib import Path

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.probes.fitness.contention import Contention
from seakeep.probes.fitness.exchange import TICK_S, Exchange, Tick, Unfit
from seakeep.probes.fitness.losses import LossLog

__all__ = ["LoopLag"]


class LoopLag:
    """Keeps from when to when the loop was late for a tick.

    It was then late for answers and deadlines, too, whatever the reason: a long calculation on the
    loop, another thread that held the interpreter, a process that was stopped, a hypervisor that
    gave the processor to somebody else.
    """

    every_s = TICK_S

    def __init__(self, root: Path) -> None:
        self._losses = LossLog()
        self._contention = Contention(root)

    def sample(self, tick: Tick) -> None:
        """Note how late this tick is."""
        self._losses.add(tick.due_s, tick.now_s, tick.now_s - tick.due_s)

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return the lag, when it can have changed the outcome or the duration."""
        excess = self._losses.excess(seen)
        if excess is None:
            return None
        return Unfit(
            Cause.OBSERVER_LAG,
            f"event loop: wanted it late by at most {format_duration(excess.tolerated_s)} of "
            f"{format_duration(seen.duration_s)}, got {format_duration(excess.lost_s)}"
            f"{self._contention.told(time.perf_counter())}",
        )
