"""Ties a child process to its parent: when the parent is gone, so is the child.

Two ties, since each alone has a gap: the kernel's parent-death signal works even
while the child is stopped or busy, and end-of-file on stdin works even when the
parent died before the signal was asked for.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable

from seakeep import lifeline

__all__ = ["die_with_parent", "on_stdin_end"]


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent dies; exit if that has happened.

    Args:
        parent_pid: The parent as the parent itself knows it.
    """
    lifeline.die_with_parent(parent_pid, signal.SIGKILL)


def on_stdin_end(loop: asyncio.AbstractEventLoop, call: Callable[[], None]) -> None:
    """Call `call` once, when the other end of the stdin pipe is closed."""
    stdin = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            call()

    loop.add_reader(stdin, readable)
