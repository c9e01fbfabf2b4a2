"""Whole sessions of ``pytest probes``, from the start of the process to its end."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, environment
from bench.probe_processes import target, write_platform

__all__ = ["run"]

_SLOW_CHECKS, _SLOW_MS, _AIM_S = 500, 100, 3.0
_MANY_CHECKS, _AIM_MB = 5_000, 250.0
_RUNS = 3


def run(folder: Path) -> Iterator[Figure]:
    """Yield the time of a session of slow checks, and time and memory of one with many checks."""
    one_by_one = _SLOW_CHECKS * _SLOW_MS / 1000
    yield Figure(f"{_SLOW_CHECKS} checks of {_SLOW_MS} ms, one by one", (one_by_one,), "s")
    found = [_session(folder / f"slow-{n}", _SLOW_CHECKS, _SLOW_MS) for n in range(_RUNS)]
    seconds = tuple(one[0] for one in found)
    reached = statistics.median(seconds) <= _AIM_S
    name = f"{_SLOW_CHECKS} checks of {_SLOW_MS} ms: whole process"
    yield Figure(name, seconds, "s", f"<= {_AIM_S:g} s", reached)
    seconds_of_many, megabytes = _session(folder / "many", _MANY_CHECKS, 0)
    yield Figure(f"{_MANY_CHECKS:,} checks at once: whole process", (seconds_of_many,), "s")
    name = f"{_MANY_CHECKS:,} checks at once: peak memory"
    yield Figure(name, (megabytes,), "MB", f"< {_AIM_MB:g} MB", megabytes < _AIM_MB)


def _session(folder: Path, checks: int, delay_ms: float) -> tuple[float, float]:
    """Return the wall seconds and the most megabytes of one session.

    Raises:
        RuntimeError: Not all checks passed.
    """
    with target(delay_ms) as server, tempfile.TemporaryFile("w+") as output:
        paths = (f"/check/{number}" for number in range(checks))
        platform = write_platform(folder / "platform", server.url, paths)
        command = [sys.executable, "-m", "pytest", "probes", "--platform", str(platform), "-q"]
        env = environment(SEAKEEP_HOME=str(folder / "home"))
        began = time.perf_counter()
        process = subprocess.Popen(command, env=env, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        took_s = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
        if process.returncode or f"{checks} passed" not in said:
            raise RuntimeError(f"pytest ended with {process.returncode}: {said[-2000:]}")
        return took_s, used.ru_maxrss / 1024
