"""How long one waits for the first sign of life."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, environment, time_command

__all__ = ["run"]

_AIM_S = 0.150


def run() -> Iterator[Figure]:
    """Yield the start-up of ``seakeep --help`` and of a bare interpreter beside it."""
    env = environment()
    bare = time_command([sys.executable, "-c", "pass"], env)
    yield Figure("python -c pass", tuple(1000 * s for s in bare), "ms")
    program = str(Path(sys.executable).parent / "seakeep")
    ours = time_command([program, "--help"], env)
    reached = statistics.median(ours) < _AIM_S
    yield Figure("seakeep --help", tuple(1000 * s for s in ours), "ms", "< 150 ms", reached)
