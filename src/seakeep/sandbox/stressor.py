"""A stress process: burns CPU time, or holds memory, until it is killed or its parent is gone.

It prints `under way` once it does what it is for, or says on stderr why it can't and ends.
"""

from __future__ import annotations

import argparse
import contextlib
import mmap
import os
import select
import signal
import sys
import time
from pathlib import Path

from seakeep.lifeline import die_with_parent
from seakeep.sandbox.pod_memory import resident_bytes

__all__ = ["burn", "hold", "main"]

_SLICE_S = 0.02
_FIRST_SLICES = 3
_PAGE_BYTES = mmap.PAGESIZE
_STEP_BYTES = 16 * 1024 * 1024
_RESERVE_BYTES = 256 * 1024 * 1024  # of the machine's memory, never to be touched


class _StressError(Exception):
    """It can't do what it is for."""


def burn(load: float) -> None:
    """Use that share of a core's time, from 0 to 1, on the average of every few slices.

    What a slice lacked, or had too much, is made up for in the next one: the process looks at
    its own CPU time, as stress-ng does for --cpu-load. What it could not get because others had
    the core is not claimed later, but for one slice's worth.
    """
    owed_s, slices = 0.0, 0
    while True:
        began_s, used_s = time.monotonic(), time.process_time()
        _spin(used_s + load * _SLICE_S + owed_s, began_s + _SLICE_S)
        _rest(began_s + _SLICE_S - time.monotonic())
        got_s = time.process_time() - used_s
        owed_s += load * (time.monotonic() - began_s) - got_s
        owed_s = max(-_SLICE_S, min(_SLICE_S, owed_s))
        slices += 1
        if slices == _FIRST_SLICES:
            _tell()


def hold(size_bytes: int) -> None:
    """Hold so many bytes of memory, every page of them touched.

    Raises:
        _StressError: The machine has not got them.
    """
    before = resident_bytes("self")
    _leave_some(size_bytes)
    try:
        block = mmap.mmap(-1, size_bytes, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    except (OSError, ValueError, OverflowError) as error:
        raise _StressError(f"no {size_bytes} bytes of memory: {error}") from None
    for start in range(0, size_bytes, _STEP_BYTES):
        _leave_some(_STEP_BYTES)  # others take some as well
        for page in range(start, min(start + _STEP_BYTES, size_bytes), _PAGE_BYTES):
            block[page] = 1
    if resident_bytes("self") - before < 0.95 * size_bytes:
        raise _StressError(
            f"only {resident_bytes('self') - before} of {size_bytes} bytes are resident"
        )
    _tell()
    while True:
        _rest(3600.0)


def _spin(until_used_s: float, until_s: float) -> None:
    while time.process_time() < until_used_s and time.monotonic() < until_s:
        for _ in range(200):
            pass


def _rest(seconds: float) -> None:
    """Sleep; end when stdin does, which it does with whoever started this process."""
    if select.select([0], [], [], max(0.0, seconds))[0] and not os.read(0, 4096):
        sys.exit(0)


def _tell() -> None:
    sys.stdout.write("under way\n")
    sys.stdout.flush()


def _leave_some(size_bytes: int) -> None:
    """Never take the machine's last memory: what the kernel ends then is not up to us."""
    available = _available_bytes()
    if available - size_bytes < _RESERVE_BYTES:
        raise _StressError(f"{size_bytes} bytes of memory wanted: the machine has {available} left")


def _available_bytes() -> int:
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return sys.maxsize


def _volunteer() -> None:
    """Be the first that the kernel ends when memory runs out, before anybody's real work."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main() -> int:
    """Run one stressor; see the arguments."""
    parser = argparse.ArgumentParser(prog="seakeep.sandbox.stressor")
    parser.add_argument("parent", type=int)
    parser.add_argument("--core", type=int)
    parser.add_argument("--load-percent", type=int)
    parser.add_argument("--memory-bytes", type=int)
    options = parser.parse_args()
    die_with_parent(options.parent, signal.SIGKILL)
    _volunteer()
    try:
        if options.core is not None:
            os.sched_setaffinity(0, {options.core})
        if options.load_percent:
            burn(options.load_percent / 100)
        if options.memory_bytes:
            hold(options.memory_bytes)
    except (_StressError, OSError) as error:
        sys.stderr.write(f"{error}\n")
    return 1


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
