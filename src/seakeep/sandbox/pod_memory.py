"""The memory of a whole pod, as its container sees it: its own, and that of stressors beside it."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["resident_bytes", "stressor_file", "stressors_resident_bytes"]

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_STRESSOR = "stressor-"


def stressor_file(pid: int) -> str:
    """The name of the file, in the pod's directory, that stands for a stress process in the pod."""
    return f"{_STRESSOR}{pid}"


def resident_bytes(pid: int | str) -> int:
    """The resident memory of a process; 0 when it is gone.

    The second field of https://man7.org/linux/man-pages/man5/proc_pid_statm.5.html
    """
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    except OSError:
        return 0


def stressors_resident_bytes(directory: Path) -> int:
    """The resident memory of the stress processes in a pod, by the files in its directory."""
    pids = (found.name.removeprefix(_STRESSOR) for found in directory.glob(f"{_STRESSOR}[0-9]*"))
    return sum(map(resident_bytes, pids))
