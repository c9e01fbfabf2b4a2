"""To wait for greenlets of the test's own process."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import gevent  # type: ignore[import-untyped]

__all__ = ["DEADLINE_S", "until"]

DEADLINE_S = 20.0


def until(holds: Callable[[], bool]) -> None:
    """Let others have their turn until something holds."""
    deadline = perf_counter() + DEADLINE_S
    while not holds():
        assert perf_counter() < deadline, f"not in {DEADLINE_S:g} s"
        gevent.sleep(0.0005)
