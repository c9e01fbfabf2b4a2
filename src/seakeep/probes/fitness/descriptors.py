"""The process's own file descriptors, against its soft limit."""

from __future__ import annotations

import os
import resource
from pathlib import Path

from seakeep.causes import Cause
from seakeep.probes.fitness.exchange import Exchange, Tick, Unfit
from seakeep.probes.fitness.shortages import ShortageLog

__all__ = ["Descriptors", "count_open"]

LEAST_LEFT = 8
"""What one check may need at once: four sockets of staggered attempts, and four files of a lookup.

A lookup opens ``nsswitch.conf``, ``hosts`` or ``resolv.conf`` and a socket for each name server,
and says "no such name" or "try again" where it can't.
"""


def count_open(folder: str) -> int | None:
    """Return how many descriptors are open; ``None`` where that can't be told.

    Since Linux 6.2 the size of ``/proc/self/fd`` is their number, in one call; before, they are
    counted: https://docs.kernel.org/filesystems/proc.html.
    """
    try:
        return os.stat(folder).st_size or len(os.listdir(folder)) - 1  # noqa: PTH116, PTH208 - speed
    except OSError:
        return None


class Descriptors:
    """Keeps when fewer descriptors were left than one check needs."""

    every_s = 0.5

    def __init__(self, root: Path) -> None:
        self._folder = str(root / "proc/self/fd")
        self._shortages = ShortageLog()

    def sample(self, tick: Tick) -> None:
        """Count the descriptors that are open, and note a shortage."""
        used, (limit, _) = count_open(self._folder), resource.getrlimit(resource.RLIMIT_NOFILE)
        if used is not None and limit != resource.RLIM_INFINITY and limit - used < LEAST_LEFT:
            self._shortages.add(tick.now_s, max(0, limit - used), limit)

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return the shortage, when the exchange got no answer meanwhile."""
        worst = self._shortages.worst(seen)
        if worst is None:
            return None
        return Unfit(
            Cause.OBSERVER_DESCRIPTORS,
            f"file descriptors: wanted {LEAST_LEFT} to be left, got {worst.left} of {worst.limit} "
            "(ulimit -n)",
        )
