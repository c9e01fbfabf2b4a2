"""One line of time for a session: a wall clock that is set meanwhile moves nothing on it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

__all__ = ["Timeline"]


class Timeline:
    """Monotonic time, told as the UTC that the wall clock showed when it began."""

    def __init__(self) -> None:
        self._began_at = datetime.now(UTC)
        self._began_s = time.monotonic()

    def elapsed_s(self) -> float:
        """Return how long ago it began, in seconds."""
        return time.monotonic() - self._began_s

    def at(self, elapsed_s: float) -> datetime:
        """Return the moment (UTC) so many seconds after it began."""
        return self._began_at + timedelta(seconds=elapsed_s)

    def now(self) -> datetime:
        """Return this moment (UTC)."""
        return self.at(self.elapsed_s())
