"""Ties a process to its parent, by the kernel's word: see prctl(2). Only Linux has it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

__all__ = ["adopt_orphans", "die_with_parent"]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent_pid: int | None = None, number: signal.Signals = signal.SIGTERM) -> None:
    """Have the kernel signal this process when its parent dies.

    Args:
        parent_pid: The parent as it knows itself; when that one is gone already, this process
            ends at once. Without it, a parent that died just before is not noticed.
        number: The signal.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number))
    if parent_pid is not None and os.getppid() != parent_pid:
        os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent dies, instead of init."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
