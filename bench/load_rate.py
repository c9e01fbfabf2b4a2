"""Whether a promised rate is kept, until one process can do no more; and whether it says so then.

Three sides tell when visitors came: the schedule, when they should; the scenario, just before its
request; and the server's log. The second has the wait for what one thread does at a time in it, and
the third the way through the kernel, too. At rates whose distances are as short as what a request
costs, only the first can be random.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import stats

from bench.load_ladder import climb
from bench.load_processes import ended, started, target
from bench.load_project import Project
from bench.measure import Figure

__all__ = ["run"]

_RATES_PER_S = (50, 200, 1_000)
_WAYS = tuple(
    (rate_per_s, spacing) for spacing in ("even", "poisson") for rate_per_s in _RATES_PER_S
)
_RUN_S, _USERS = 8, 200
_ROUNDS = 3
_AIM = 1.0
_LEAST_P = 0.01
_DEADLINE_S = 60.0
_Moments = npt.NDArray[np.float64]
"""Unix times, ascending."""


@dataclass(frozen=True, slots=True)
class _Kept:
    """How one run kept its rate.

    Attributes:
        count: How far the number of requests is from the promised, in percent.
        worst: The same of the worst second; of random arrivals, from what was due in it.
        late_ms: By how much 99 of 100 visitors were late at the most.
        p: How likely the distances are when arrivals are random: those of the schedule, of the
            starts, and in the server's log; none for even ones.
    """

    count: float
    worst: float
    late_ms: float
    p: tuple[float, ...] = ()


def run() -> Iterator[Figure]:
    """Yield how rates are kept, whether Poisson's are random, and where one process ends."""
    rounds = []
    for number in range(_ROUNDS):
        print(f"  rates kept, round {number + 1} of {_ROUNDS}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            rounds.append({way: _keep(Path(folder), *way) for way in _WAYS})
    for rate_per_s, spacing in _WAYS:
        kept = [one[rate_per_s, spacing] for one in rounds]
        yield from _figures(f"{rate_per_s:,}/s {spacing}", kept)
    yield from climb()


def _figures(title: str, kept: Sequence[_Kept]) -> Iterator[Figure]:
    yield _within(f"{title}: count off by", tuple(one.count for one in kept))
    yield _within(f"{title}: worst second off by", tuple(one.worst for one in kept))
    yield Figure(f"{title}: starts late, p99", tuple(one.late_ms for one in kept), "ms")
    sides = ("schedule", "starts", "server's log")
    for side, *values in zip(sides, *(one.p for one in kept), strict=False):
        found, aim, reached = tuple(values), "", None
        if side == "schedule":
            aim, reached = f">= {_LEAST_P:g}", bool(np.median(found) >= _LEAST_P)
        yield Figure(f"{title}: KS p-value, {side}", found, "", aim, reached)


def _within(title: str, values: tuple[float, ...]) -> Figure:
    return Figure(title, values, "%", f"<= {_AIM:g} %", float(np.median(values)) <= _AIM)


def _keep(parent: Path, rate_per_s: int, spacing: str) -> _Kept:
    folder = parent / f"{rate_per_s}-{spacing}"
    with target() as server:
        project = Project(
            folder,
            server.url,
            users=_USERS,
            rate_per_s=rate_per_s,
            duration_s=_RUN_S,
            spacing=spacing,
        )
        with started(project.command(notes_starts=True), folder, project.environ) as process:
            ended(process, folder, _DEADLINE_S)
        read_at = np.sort(server.end().read)
    intended, began = np.array(project.starts()).T
    late_ms = float(1000 * np.percentile(began - intended, 99))
    if spacing == "even":
        count, worst = _of_even(project, rate_per_s, read_at)
        return _Kept(count, worst, late_ms)
    count, worst = _of_random(project, rate_per_s, read_at)
    moments = (np.sort(intended), np.sort(began), read_at)
    return _Kept(count, worst, late_ms, tuple(_p_value(one, rate_per_s) for one in moments))


def _of_even(project: Project, rate_per_s: int, read_at: _Moments) -> tuple[float, float]:
    """Count seconds from half a distance before the first arrival: none is near their edges."""
    first = min(one.at.timestamp() for one in project.requests())
    each, _ = np.histogram(read_at, first - 0.5 / rate_per_s + np.arange(_RUN_S + 1))
    worst = max(_off(count, rate_per_s) for count in each)
    return _off(len(read_at), rate_per_s * _RUN_S), worst


def _of_random(project: Project, rate_per_s: int, read_at: _Moments) -> tuple[float, float]:
    seconds = project.seconds()
    worst = max(100 * abs(one.started - one.due) / rate_per_s for one in seconds)
    return _off(len(read_at), sum(one.due for one in seconds)), worst


def _off(count: float, wanted: float) -> float:
    return 100 * abs(count / wanted - 1)


def _p_value(moments: _Moments, rate_per_s: float) -> float:
    """Return how likely distances like these are when arrivals are a Poisson process.

    The test of Kolmogorov and Smirnov against the exponential distribution of that rate.
    """
    return float(stats.kstest(np.diff(moments), "expon", args=(0, 1 / rate_per_s)).pvalue)
