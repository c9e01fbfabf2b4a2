"""Which observations belong to a run."""

from __future__ import annotations

from datetime import datetime, timedelta

from seakeep.store import Condition, to_us

__all__ = ["of_run"]

_MARGIN = timedelta(minutes=1)
"""A clock that is set back during a run puts its observations before the run's begin."""


def of_run(platform: str, run_id: str, started_at: datetime | None = None) -> Condition:
    """Return the condition for a run's observations.

    With the run's begin, the store's index by time is used instead of a scan of all it holds.
    """
    if started_at is None:
        return Condition("platform = ? AND run_id = ?", (platform, run_id))
    since_us = to_us(started_at - _MARGIN)
    return Condition("platform = ? AND at_us >= ? AND run_id = ?", (platform, since_us, run_id))
