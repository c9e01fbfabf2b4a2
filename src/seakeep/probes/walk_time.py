"""The time of a journey's walk, and why it stopped before its end."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from seakeep.causes import Cause
from seakeep.duration import format_duration
from seakeep.observation import Outcome

__all__ = ["StoppedError", "WalkTime"]


class StoppedError(Exception):
    """The walk ended before its end."""

    def __init__(self, cause: str, message: str, outcome: Outcome = Outcome.BAD) -> None:
        super().__init__(message)
        self.cause = cause
        self.outcome = outcome


@dataclass(slots=True)
class WalkTime:
    """The walk's time: its deadline, and the pauses that the observer makes for itself."""

    timeout_s: float
    began: float = field(default_factory=time.perf_counter)
    paused_s: float = 0.0
    stopped: float | None = None

    def pause(self, seconds: float) -> None:
        """Leave out the seconds that have just gone by, unless it was stopped before."""
        if self.stopped is None:
            self.paused_s += seconds

    def stop(self) -> None:
        """Stop for good; what follows is the observer's own time, not the platform's."""
        if self.stopped is None:
            self.stopped = time.perf_counter()

    @property
    def duration_s(self) -> float:
        """Seconds from the start until it was stopped, or until now, less the pauses."""
        return (self.stopped or time.perf_counter()) - self.began - self.paused_s

    @property
    def left_ms(self) -> float:
        """Milliseconds until the deadline.

        Raises:
            StoppedError: It has passed.
        """
        left_s = self.timeout_s - self.duration_s
        if left_s <= 0:
            raise StoppedError(
                Cause.TIMEOUT, f"wanted the journey within {format_duration(self.timeout_s)}"
            )
        return left_s * 1000
