"""Child processes that never outlive their purpose.

A child is told by the kernel when its parent dies (``PR_SET_PDEATHSIG``), and orphans of children
come back to us (``PR_SET_CHILD_SUBREAPER``), so that we find and end them: see prctl(2). Both are
Linux's; elsewhere ending the known tree is what is left.
"""

from __future__ import annotations

import contextlib
import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO

import psutil

__all__ = ["adopt_orphans", "die_with_parent", "end_descendants", "end_tree", "run_to_end"]

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_POLL_S = 0.1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when its parent dies; for ``preexec_fn``."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def adopt_orphans() -> None:
    """Become the parent of grandchildren whose own parent dies, instead of init."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def run_to_end(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path,
    grace_s: float = 10.0,
    on_line: Callable[[str], None] | None = None,
) -> int:
    """Run a command in its own session with its output in a file, and return its exit code.

    On an interrupt the command gets SIGINT and ``grace_s`` seconds to clean up after itself; then
    it and all its descendants are ended, and the interrupt goes on to the caller.

    Args:
        command: The program and its arguments.
        env: Its whole environment.
        cwd: Its working directory.
        log: Where its output goes.
        grace_s: How long it may take to end after SIGINT, in seconds.
        on_line: Called with each line of the output as it comes.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    before = _child_pids()
    with log.open("wb") as output, log.open("r", errors="replace") as written:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - no threads here that hold locks
        )
        try:
            return _watch(process, written, on_line)
        except BaseException:
            _interrupt(process, grace_s)
            raise
        finally:
            end_tree(process.pid, grace_s=0.0)
            _end_orphans(before)


def _watch(
    process: subprocess.Popen[bytes], written: TextIO, on_line: Callable[[str], None] | None
) -> int:
    """Wait for a process, handing on the lines that it writes meanwhile."""
    partial = ""
    while True:
        ended = process.poll() is not None
        partial += written.read()
        *lines, partial = partial.split("\n")
        if ended and partial:
            lines.append(partial)
        for line in lines:
            if on_line is not None:
                on_line(line.rstrip())
        if ended:
            return process.returncode
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_POLL_S)


def _interrupt(process: subprocess.Popen[bytes], grace_s: float) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=grace_s)


def _child_pids() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


def _end_orphans(before: set[int]) -> None:
    """End what a finished command left running: by now its orphans are children of ours."""
    for pid in _child_pids() - before:
        end_tree(pid, grace_s=0.0)


def end_tree(pid: int, grace_s: float = 5.0) -> None:
    """End a process that we started and all its descendants: SIGTERM, then SIGKILL."""
    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    _end(family, grace_s)


def end_descendants(grace_s: float = 2.0) -> int:
    """End every process that descends from this one, and return how many there were."""
    family = psutil.Process().children(recursive=True)
    _end(family, grace_s)
    return len(family)


def _end(family: Sequence[psutil.Process], grace_s: float) -> None:
    if grace_s > 0:
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, family = psutil.wait_procs(family, timeout=grace_s)
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=5.0)
