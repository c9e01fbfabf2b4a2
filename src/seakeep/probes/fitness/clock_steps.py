"""The wall clock against the monotonic one: was it set meanwhile, or did the machine sleep?"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.probes.fitness.exchange import Exchange, Tick, Unfit

__all__ = ["ClockReading", "ClockSteps", "read_clocks"]

STEP_S = 1.0
"""A step that matters to what reads the wall clock: certificates and timestamps have seconds.

Both clocks follow NTP's gradual corrections, so that only a step moves them apart:
https://man7.org/linux/man-pages/man2/clock_gettime.2.html.
"""

LOST_TIME_S = 60.0
"""A step that matters to every observation: past a minute, it is counted in the wrong one."""

SLEEP_S = 1.0
"""A sleep that matters to every exchange: meanwhile, the other side had its own deadlines."""

_READ_THE_CLOCK = frozenset({Cause.TLS_EXPIRED, Cause.CERTIFICATE, Cause.STALE})
_BOOT = getattr(time, "CLOCK_BOOTTIME", None)


class ClockReading(NamedTuple):
    """All clocks at about one moment, in seconds.

    Attributes:
        wall_s: Unix time.
        monotonic_s: Since some moment; stands still while the machine sleeps.
        boot_s: The same, and goes on then.
    """

    wall_s: float
    monotonic_s: float
    boot_s: float


class _Step(NamedTuple):
    after_s: float
    until_s: float
    stepped_s: float
    slept_s: float


def read_clocks() -> ClockReading:
    """Return this moment on each clock; where there is no boot clock, nothing ever sleeps."""
    monotonic_s = time.monotonic()
    boot_s = monotonic_s if _BOOT is None else time.clock_gettime(_BOOT)
    return ClockReading(time.time(), monotonic_s, boot_s)


class ClockSteps:
    """Keeps when the wall clock was set, and when the machine slept.

    Every difference is of two readings, and a reading takes a moment in which we may be put off the
    processor. So a difference counts only when a second reading confirms it.
    """

    every_s = 0.5

    def __init__(self, root: Path, *, read: Callable[[], ClockReading] = read_clocks) -> None:
        del root  # clocks are no files
        self._read = read
        self._steps: deque[_Step] = deque(maxlen=100)
        self._last = read()
        self._last_at_s = time.perf_counter()

    def sample(self, tick: Tick) -> None:
        """Note a step or a sleep since the last sample."""
        last, now = self._last, self._read()
        if _moved(last, now):
            now = self._read()
            if _moved(last, now):
                self._steps.append(_Step(self._last_at_s, tick.now_s, *_differences(last, now)))
        self._last, self._last_at_s = now, tick.now_s

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return the step or the sleep, when the exchange went on meanwhile and depends on it."""
        self.sample(Tick.now())  # a machine that wakes up may end exchanges before the next tick
        if not self._steps:
            return None
        reads_clock = seen.cause in _READ_THE_CLOCK
        during = [s for s in self._steps if s.until_s > seen.began_s and s.after_s < seen.ended_s]
        return next((told for s in during if (told := _told(s, reads_clock=reads_clock))), None)


def _differences(last: ClockReading, now: ClockReading) -> tuple[float, float]:
    """Return by how much the clock was set, and how long the machine slept."""
    passed_s = now.boot_s - last.boot_s
    return now.wall_s - last.wall_s - passed_s, passed_s - (now.monotonic_s - last.monotonic_s)


def _moved(last: ClockReading, now: ClockReading) -> bool:
    stepped_s, slept_s = _differences(last, now)
    return abs(stepped_s) >= STEP_S or slept_s >= SLEEP_S


def _told(step: _Step, *, reads_clock: bool) -> Unfit | None:
    if step.slept_s >= SLEEP_S:
        got = f"a machine that slept for {format_duration(step.slept_s)}"
        return Unfit(Cause.OBSERVER_CLOCK, f"clock: wanted one that goes on, got {got}")
    if abs(step.stepped_s) >= (STEP_S if reads_clock else LOST_TIME_S):
        way = "forward" if step.stepped_s > 0 else "back"
        got = f"one that was set {way} by {format_duration(abs(step.stepped_s))}"
        return Unfit(Cause.OBSERVER_CLOCK, f"clock: wanted one that goes on, got {got}")
    return None
