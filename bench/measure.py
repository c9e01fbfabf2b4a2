"""Times whole processes and blocks, several times each, and keeps every figure."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "environment", "rates", "time_command"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing.

    Attributes:
        name: What was measured.
        values: Each run's figure.
        unit: Their unit.
        aim: What we aim for, in words; empty when there is none.
        reached: Whether the median reaches the aim; ``None`` without one.
    """

    name: str
    values: tuple[float, ...]
    unit: str
    aim: str = ""
    reached: bool | None = None

    @property
    def median(self) -> float:
        """Return the median of the runs."""
        return statistics.median(self.values)


def environment(**more: str) -> dict[str, str]:
    """Return an environment as a user has it: bytecode is cached, no platform is chosen."""
    dropped = {"PYTHONDONTWRITEBYTECODE", "SEAKEEP_PLATFORM", "SEAKEEP_RUN_ID"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | more


def time_command(
    command: Sequence[str], env: dict[str, str], runs: int = 7, codes: Iterable[int] = (0,)
) -> tuple[float, ...]:
    """Return the wall seconds of each run, after one warm-up that is not counted.

    Raises:
        RuntimeError: The command did not end as it should: its figures would mean nothing.
    """
    wanted = set(codes)
    seconds: list[float] = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        ended = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        seconds.append(time.perf_counter() - started)
        if ended.returncode not in wanted:
            raise RuntimeError(f"{' '.join(command)}: {ended.stdout}{ended.stderr}")
    return tuple(seconds[1:])


def rates(count: int, block: Callable[[], None], runs: int = 5) -> tuple[float, ...]:
    """Return how many of ``count`` a block does each second, for each run."""
    found: list[float] = []
    for _ in range(runs):
        started = time.perf_counter()
        block()
        found.append(count / (time.perf_counter() - started))
    return tuple(found)
