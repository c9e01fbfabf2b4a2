"""Memory that is left: of the machine, and of every control group that this process is in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from seakeep.causes import Cause
from seakeep.probes.fitness.exchange import Exchange, Tick, Unfit
from seakeep.probes.fitness.proc_files import numbers_by_name, read_text, whole_number
from seakeep.probes.fitness.shortages import ShortageLog

__all__ = ["Memory", "parse_available", "parse_group"]

LEAST_LEFT_BYTES = 16 * 1024 * 1024
"""Below it, an answer of the permitted 1 MiB, unpacked and read as text (4 MiB), may not fit.

Four such at once would fill it, and long before that each new page has to be reclaimed first.
"""

_KIB = 1024
_RECLAIMABLE = ("inactive_file", "active_file", "slab_reclaimable")


def parse_available(text: str) -> tuple[int, int] | None:
    """Return the bytes that are available, and all bytes: ``/proc/meminfo``.

    https://docs.kernel.org/filesystems/proc.html#meminfo
    """
    found = numbers_by_name(text)
    available, total = found.get("MemAvailable"), found.get("MemTotal")
    return None if available is None or total is None else (available * _KIB, total * _KIB)


def parse_group(text: str) -> PurePosixPath | None:
    """Return the process's control group of version 2: ``/proc/self/cgroup``.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#processes
    """
    for line in text.splitlines():
        if line.startswith("0::/"):
            group = PurePosixPath(line[3:])
            return None if ".." in group.parts or "\0" in line else group
    return None


class Memory:
    """Keeps when less memory was left than a few answers need."""

    every_s = 1.0

    def __init__(self, root: Path) -> None:
        self._meminfo = str(root / "proc/meminfo")
        self._groups = tuple(_limited_groups(root))
        self._shortages = ShortageLog()

    def sample(self, tick: Tick) -> None:
        """Read what is left, and note a shortage."""
        for left, limit in self._lefts():
            if left < LEAST_LEFT_BYTES:
                self._shortages.add(tick.now_s, left, limit)

    def unfit(self, seen: Exchange) -> Unfit | None:
        """Return the shortage, when the exchange got no answer meanwhile."""
        worst = self._shortages.worst(seen)
        if worst is None:
            return None
        return Unfit(
            Cause.OBSERVER_MEMORY,
            f"memory: wanted {LEAST_LEFT_BYTES >> 20} MiB to be left, got {worst.left >> 20} MiB "
            f"of {worst.limit >> 20} MiB",
        )

    def _lefts(self) -> Iterator[tuple[int, int]]:
        machine = parse_available(read_text(self._meminfo))
        if machine is not None:
            yield machine
        for folder, limit in self._groups:
            used = whole_number(read_text(f"{folder}/memory.current"))
            if used is not None and limit - used < LEAST_LEFT_BYTES:
                yield max(0, limit - used + _reclaimable(folder)), limit


def _limited_groups(root: Path) -> Iterator[tuple[str, int]]:
    """Yield the folder and the limit of each group that has one; a parent's holds as well."""
    group = parse_group(read_text(root / "proc/self/cgroup"))
    for each in [] if group is None else [group, *group.parents]:
        folder = os.fspath(root / "sys/fs/cgroup" / each.relative_to("/"))
        limit = whole_number(read_text(f"{folder}/memory.max"))
        if limit is not None:
            yield folder, limit


def _reclaimable(folder: str) -> int:
    """Return the bytes of files that the group has in memory, which the kernel drops at need.

    They count as used, and fill any container that reads files for long enough.
    """
    found = numbers_by_name(read_text(f"{folder}/memory.stat"))
    return sum(found.get(name, 0) for name in _RECLAIMABLE)
