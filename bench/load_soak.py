"""Whether memory stays as it is, however long the load goes on.

Two hours at 500 requests a second are fed through the recorder and the store at the speed of the
machine; and a real run, two workers and their master, is watched every second, for a minute or for
as long as ``SEAKEEP_BENCH_SOAK_S`` says (``--full``: ten).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import psutil

from bench.load_processes import nginx, started
from bench.load_project import Project
from bench.measure import Figure, environment

__all__ = ["run"]

_HOURS, _RATE_PER_S = 2, 500
_WARM_UP = 1 / 3
_AIM_MB_PER_HOUR = 5.0
_AIM_MB = 5.0
_DEADLINE_S = 30.0
_Sample = tuple[float, float]
"""Hours since the start, and megabytes."""


def run() -> Iterator[Figure]:
    """Yield the memory of two compressed hours, then of a real run, and how it grows."""
    print(f"  {_HOURS} hours through the recorder", flush=True)
    samples = _compressed()
    slope = _slope(samples)
    title = f"{_HOURS} h at {_RATE_PER_S}/s, compressed"
    yield Figure(f"{title}: memory", tuple(size for _, size in samples), "MB")
    yield _grows(f"{title}: grows by", slope, "MB/hour", _AIM_MB_PER_HOUR)
    seconds = int(os.environ.get("SEAKEEP_BENCH_SOAK_S", "60"))
    for name, real in _real(seconds).items():
        warm = real[int(len(real) * _WARM_UP) :]
        yield Figure(f"{name}, {seconds} s at {_RATE_PER_S}/s: memory", _sizes(warm), "MB")
        grown = _slope(real) * (warm[-1][0] - warm[0][0])
        yield _grows(f"{name}: grew, once warm, by", grown, "MB", _AIM_MB)


def _grows(title: str, value: float, unit: str, aim: float) -> Figure:
    return Figure(title, (value,), unit, f"<= {aim:g} {unit}", value <= aim)


def _sizes(samples: Sequence[_Sample]) -> tuple[float, ...]:
    return tuple(size for _, size in samples)


def _slope(samples: Sequence[_Sample]) -> float:
    """Return megabytes per hour by least squares, of all but the first third."""
    hours, sizes = np.array(samples[int(len(samples) * _WARM_UP) :]).T
    return float(np.polyfit(hours, sizes, 1)[0])


def _compressed() -> list[_Sample]:
    with tempfile.TemporaryDirectory() as home:
        command = ["-m", "bench.load_soak_worker", home, str(_HOURS * 3_600), str(_RATE_PER_S)]
        ended = subprocess.run(
            [sys.executable, *command],
            env=environment(SEAKEEP_RUN_ID="soak"),
            capture_output=True,
            text=True,
            check=True,
        )
    return [(hours, size) for hours, size in json.loads(ended.stdout)]


def _real(seconds: int) -> dict[str, list[_Sample]]:
    """Return the samples of the master, and of both workers together."""
    found: dict[str, list[_Sample]] = {"master": [], "two workers": []}
    with tempfile.TemporaryDirectory() as name, nginx(Path(name) / "nginx") as server:
        project = Project(Path(name) / "project", server.url, users=100, rate_per_s=_RATE_PER_S)
        command = project.command()
        command += ["--processes", "2"]
        with started(command, project.folder, project.environ, core=None) as process:
            master = psutil.Process(process.pid)
            until = time.monotonic() + _DEADLINE_S
            while server.served() < 1_000:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError((project.folder / "output.txt").read_text()[-3000:])
                time.sleep(0.1)
            began = time.monotonic()
            while (passed_s := time.monotonic() - began) < seconds:
                workers = master.children(recursive=True)
                for title, members in (("master", [master]), ("two workers", workers)):
                    size = sum(one.memory_info().rss for one in members) / 1e6
                    found[title].append((passed_s / 3_600, size))
                time.sleep(1)
    return found
