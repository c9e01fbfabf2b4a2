"""Starvation: the time that a thread was ready to run and had no processor.

This, and not the machine's pressure or steal, is what our timings suffer: a machine may be busy all
day and still give us a processor whenever we ask.
"""

from __future__ import annotations

import threading
from pathlib import Path

from seakeep.probes.fitness.proc_files import read_text, whole_number

__all__ = ["CpuWait", "parse_waited_s"]


def parse_waited_s(text: str) -> float | None:
    """Return the seconds that a thread has waited for a processor in its life.

    They are the second number of its ``schedstat``, in nanoseconds:
    https://docs.kernel.org/scheduler/sched-stats.html.
    """
    parts = text.split()
    waited_ns = whole_number(parts[1]) if len(parts) == 3 else None
    return None if waited_ns is None else waited_ns / 1e9


class CpuWait:
    """Counts how long the thread that made it waits for a processor.

    ``/proc/self/schedstat`` would be that of the main thread alone. Where the kernel does not
    count, nothing was waited.
    """

    def __init__(self, root: Path) -> None:
        thread = threading.get_native_id()
        self._file = str(root / f"proc/self/task/{thread}/schedstat")
        self._waited_s = parse_waited_s(read_text(self._file))

    def since_last_s(self) -> float:
        """Return the seconds that were waited since the last call."""
        last_s, self._waited_s = self._waited_s, parse_waited_s(read_text(self._file))
        if last_s is None or self._waited_s is None:
            return 0.0
        return max(0.0, self._waited_s - last_s)
