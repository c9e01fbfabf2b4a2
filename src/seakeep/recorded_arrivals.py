"""Recorded arrivals: a file of times, a line each, that a load run plays again.

A line begins with a time (its first CSV column): seconds, or ISO 8601; or it is a line of an access
log, with its ``[10/Oct/2000:13:55:36 -0700]``
(https://httpd.apache.org/docs/current/logs.html#common). The first line says which of them, for
the whole file.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

__all__ = ["MAX_LINES", "Recording", "read_recording"]

MAX_LINES = 5_000_000
"""The most arrivals of a file: their times take 8 bytes each, so 40 MB."""


@dataclass(frozen=True)
class Recording:
    """When people arrived.

    Attributes:
        times_s: Ascending, from zero, which is the first arrival.
    """

    times_s: Sequence[float]

    @property
    def duration_s(self) -> float:
        """Return how long it is, to the end of the second in which the last one arrived."""
        return float(int(self.times_s[-1]) + 1)

    @cached_property
    def peak_per_s(self) -> float:
        """Return how many arrived in the busiest second."""
        most, at = 0, 0
        while at < len(self.times_s):
            end = bisect_right(self.times_s, int(self.times_s[at]), key=int)
            most, at = max(most, end - at), end
        return float(most)

    def counts(self, width_s: float) -> list[int]:
        """Return how many arrived in each stretch of a width, from the first to the last."""
        ends = range(1, math.ceil(self.duration_s / width_s) + 1)
        until = [bisect_left(self.times_s, index * width_s) for index in ends]
        return [after - before for before, after in pairwise((0, *until))]


def read_recording(file: Path) -> Recording:
    """Return the arrivals of a file; the same file, unchanged, is read once.

    Raises:
        ConfigError: It can't be read, or a line of it has no time.
    """
    state = file.stat()
    return _read(file, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=2)
def _read(file: Path, _changed_ns: int, _size: int) -> Recording:
    times = array("d", (float(line) for line in file.read_text().split()))
    return Recording(times)
