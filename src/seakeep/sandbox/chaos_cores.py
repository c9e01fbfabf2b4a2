"""Which core a stressed pod runs on: one core stands in for a container's CPU limit.

Without it a pod would move to another core than its stressor's, and no load would be felt.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cores"]


@dataclass(slots=True)
class _Pin:
    core: int
    before: set[int]
    holders: int = 0


class Cores:
    """Ties processes to a core each, in turn, for as long as anybody holds them there."""

    def __init__(self) -> None:
        self._pins: dict[int, _Pin] = {}

    def pin(self, pid: int) -> int:
        """Tie a process to the core with the fewest others, unless it is tied; the core.

        Raises:
            OSError: There is no such process, or it may not be tied.
        """
        pin = self._pins.get(pid)
        if pin is None:
            before = os.sched_getaffinity(pid)
            core = min(sorted(before), key=self._load)
            _set_affinity(pid, {core})
            pin = self._pins[pid] = _Pin(core, before)
        pin.holders += 1
        return pin.core

    def release(self, pid: int) -> None:
        """Let go of a process; the last who does gives it back the cores it had."""
        pin = self._pins.get(pid)
        if pin is None:
            return
        pin.holders -= 1
        if not pin.holders:
            del self._pins[pid]
            with contextlib.suppress(OSError):  # it has ended, and has no cores at all
                _set_affinity(pid, pin.before)

    def _load(self, core: int) -> int:
        return sum(pin.core == core for pin in self._pins.values())


def _set_affinity(pid: int, cores: set[int]) -> None:
    """Tie every thread of a process; new ones do as the thread that starts them."""
    os.sched_setaffinity(pid, cores)
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(ProcessLookupError):  # it ended meanwhile
            os.sched_setaffinity(int(thread.name), cores)
