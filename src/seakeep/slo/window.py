"""The time an objective is promised over: a rolling window, or a calendar's periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

__all__ = ["RollingWindow", "Window"]


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last so many seconds before any moment.

    Attributes:
        duration_s: Its length, in seconds.
    """

    duration_s: float

    def at(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the begin and the end of the window that a moment is judged by (UTC)."""
        return moment - timedelta(seconds=self.duration_s), moment


Window = RollingWindow
