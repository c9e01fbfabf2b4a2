"""The times of a run, by a clock that nobody sets."""

from __future__ import annotations

from time import perf_counter, time

__all__ = ["RunClock"]


class RunClock:
    """Tells the time of day as it was when the run began, and how long ago that is.

    A time of day that is set meanwhile, by hand or by NTP, would make requests of one second lie
    hours apart.
    """

    def __init__(self) -> None:
        """Begin now."""
        self._offset_s = time() - perf_counter()

    def begin(self) -> None:
        """Take the time of day anew: another run begins."""
        self._offset_s = time() - perf_counter()

    def now(self) -> float:
        """Return the time of day (Unix, s)."""
        return perf_counter() + self._offset_s

    def at(self, moment_s: float) -> float:
        """Return the time of day (Unix, s) at a moment of `perf_counter`."""
        return moment_s + self._offset_s
