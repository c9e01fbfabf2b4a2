"""Whether a promised rate is kept, until one process can do no more; and whether it says so then.

Two sides tell when visitors began: the scenario itself, just before its request, and the server's
log. The second has the way through the kernel and the wait for a core in it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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

_TOGETHER = ((50, "even"), (200, "even"), (50, "poisson"), (200, "poisson"))
_ALONE = ((1_000, "even"), (1_000, "poisson"))
_RUN_S, _USERS = 10, 200
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
        late_ms: By how much 99 of 100 visitors were late at the most; even arrivals alone.
        p_started: The p-value of the distances of starts, as the scenario saw them.
        p_read: The same, as the server saw them.
    """

    count: float
    worst: float
    late_ms: float
    p_started: float
    p_read: float


def run() -> Iterator[Figure]:
    """Yield how rates are kept, whether Poisson's are random, and where one process ends."""
    rounds = []
    for number in range(_ROUNDS):
        print(f"  rates kept, round {number + 1} of {_ROUNDS}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(_round(Path(folder)))
    for rate_per_s, spacing in (*_TOGETHER, *_ALONE):
        kept = [one[rate_per_s, spacing] for one in rounds]
        yield from _figures(f"{rate_per_s:,}/s {spacing}", spacing, kept)
    yield from climb()


def _figures(title: str, spacing: str, kept: Sequence[_Kept]) -> Iterator[Figure]:
    yield _within(f"{title}: count off by", tuple(one.count for one in kept))
    yield _within(f"{title}: worst second off by", tuple(one.worst for one in kept))
    if spacing == "even":
        yield Figure(f"{title}: starts late, p99", tuple(one.late_ms for one in kept), "ms")
        return
    started_p, read_p = tuple(one.p_started for one in kept), tuple(one.p_read for one in kept)
    passed = bool(np.median(started_p) >= _LEAST_P)
    aim = f">= {_LEAST_P:g}"
    yield Figure(f"{title}: KS of starts, p-value", started_p, "", aim, passed)
    yield Figure(f"{title}: KS in the server's log, p-value", read_p, "")


def _within(title: str, values: tuple[float, ...]) -> Figure:
    return Figure(title, values, "%", f"<= {_AIM:g} %", float(np.median(values)) <= _AIM)


def _round(folder: Path) -> dict[tuple[int, str], _Kept]:
    with ThreadPoolExecutor(len(_TOGETHER)) as pool:
        running = {way: pool.submit(_keep, folder, *way) for way in _TOGETHER}
        kept = {way: one.result() for way, one in running.items()}
    return kept | {way: _keep(folder, *way) for way in _ALONE}


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
    starts = np.sort(project.started_at())
    if spacing == "even":
        return _of_even(project, rate_per_s, starts, read_at)
    return _of_random(project, rate_per_s, starts, read_at)


def _of_even(project: Project, rate_per_s: int, starts: _Moments, read_at: _Moments) -> _Kept:
    """Count seconds from half a distance before the first arrival: none is near their edges."""
    first = min(one.at.timestamp() for one in project.requests())
    intended = first + np.arange(len(starts)) / rate_per_s
    edges = first - 0.5 / rate_per_s + np.arange(_RUN_S + 1)
    each, _ = np.histogram(read_at, edges)
    return _Kept(
        count=_off(len(read_at), rate_per_s * _RUN_S),
        worst=max(_off(count, rate_per_s) for count in each),
        late_ms=float(1000 * np.percentile(starts - intended, 99)),
        p_started=0.0,
        p_read=0.0,
    )


def _of_random(project: Project, rate_per_s: int, starts: _Moments, read_at: _Moments) -> _Kept:
    seconds = project.seconds()
    return _Kept(
        count=_off(len(read_at), sum(one.due for one in seconds)),
        worst=max(100 * abs(one.started - one.due) / rate_per_s for one in seconds),
        late_ms=0.0,
        p_started=_p_value(starts, rate_per_s),
        p_read=_p_value(read_at, rate_per_s),
    )


def _off(count: float, wanted: float) -> float:
    return 100 * abs(count / wanted - 1)


def _p_value(moments: _Moments, rate_per_s: float) -> float:
    """Return how likely distances like these are when arrivals are a Poisson process.

    The test of Kolmogorov and Smirnov against the exponential distribution of that rate.
    """
    return float(stats.kstest(np.diff(moments), "expon", args=(0, 1 / rate_per_s)).pvalue)
