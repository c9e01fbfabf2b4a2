"""Greenlets of the test's own process: to wait for them, and arrivals to hand to them."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import gevent  # type: ignore[import-untyped]

from seakeep.load.open_loop import OpenLoop
from seakeep.load.split import ALONE, Split

__all__ = ["DEADLINE_S", "LONG_S", "ready", "until"]

DEADLINE_S = 20.0
LONG_S = 1000.0


def until(holds: Callable[[], bool]) -> None:
    """Let others have their turn until something holds."""
    deadline = perf_counter() + DEADLINE_S
    while not holds():
        assert perf_counter() < deadline, f"not in {DEADLINE_S:g} s"
        gevent.sleep(0.0005)


def ready(patience_s: float = 2 * LONG_S, split: Split | None = None) -> OpenLoop:
    """Return a loop that waits for its schedule."""
    loop = OpenLoop(Split())
    loop.reset(patience_s)
    loop.split = split or Split(ALONE)
    return loop
