"""Child processes that never outlive their purpose."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import psutil

from seakeep.lifeline import adopt_orphans, die_with_parent

__all__ = [
    "TIMED_OUT",
    "adopt_orphans",
    "die_with_parent",
    "end_descendants",
    "end_tree",
    "living",
    "run_to_end",
]

TIMED_OUT = 124
"""The exit code of a command that took too long, as timeout(1) has it."""


def run_to_end(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path | None,
    timeout_s: float | None = None,
    grace_s: float = 10.0,
) -> int:
    """Run a command in its own session, and return its exit code.

    On an interrupt, or when it takes too long, the command gets SIGINT and ``grace_s`` seconds to
    clean up after itself; then it and all its descendants are ended. An interrupt goes on to the
    caller; a command that took too long has the exit code `TIMED_OUT`.

    Args:
        command: The program and its arguments.
        env: Its whole environment.
        cwd: Its working directory.
        log: Where its output goes; ``None`` for where ours does.
        timeout_s: How long it may take, in seconds; for ever by default.
        grace_s: How long it may take to end after SIGINT, in seconds.
    """
    before = _child_pids()
    with _opened(log) as output:
        process = _start(command, env, cwd, output)
        try:
            return process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            _interrupt(process, grace_s)
            return TIMED_OUT
        except BaseException:
            _interrupt(process, grace_s)
            raise
        finally:
            if process.poll() is None:
                end_tree(process.pid, grace_s=0.0)
                process.wait()
            _end_orphans(before)


def _opened(log: Path | None) -> contextlib.AbstractContextManager[BinaryIO | None]:
    if log is None:
        return contextlib.nullcontext()
    log.parent.mkdir(parents=True, exist_ok=True)
    return log.open("wb")


def _start(
    command: Sequence[str], env: Mapping[str, str], cwd: Path, output: BinaryIO | None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own commands
        command,
        env=dict(env),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=functools.partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - no locks here
    )


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


def living(pid: int, created_s: float) -> psutil.Process | None:
    """Return the process of that id, if it is alive and the very one that was meant.

    A process id alone can be another process's by now; with the time of creation it can't.

    Args:
        pid: The process id.
        created_s: When the process was created, in seconds since the epoch as psutil tells it.
    """
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        same = abs(process.create_time() - created_s) < 0.1
        if same and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def end_tree(pid: int, grace_s: float = 5.0) -> None:
    """End a process that we started and all its descendants: SIGTERM, then SIGKILL."""
    try:
        root = psutil.Process(pid)
        family = [*root.children(recursive=True), root]
    except psutil.NoSuchProcess:
        return
    _end(family, grace_s)


def end_descendants(grace_s: float = 2.0) -> None:
    """End every process that descends from this one."""
    _end(psutil.Process().children(recursive=True), grace_s)


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
