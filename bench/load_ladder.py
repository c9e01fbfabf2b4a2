"""Where one process of the generator is at its end, and whether it says so itself."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.load_processes import ended, nginx, started
from bench.load_project import Project
from bench.measure import Figure

__all__ = ["climb"]

_RATES_PER_S = (2_000, 4_000, 6_000, 8_000, 12_000, 16_000)
_RUN_S, _USERS = 6, 64
_DEADLINE_S = 60.0
_KEPT = 0.99


@dataclass(frozen=True, slots=True)
class _Rung:
    """What a process made of a rate.

    Attributes:
        rate_per_s: The rate promised.
        started: The share of its arrivals that began before the schedule was over.
        unfit: The share of the seconds that it called itself unfit in.
        code: How it ended.
    """

    rate_per_s: int
    started: float
    unfit: float
    code: int


def climb() -> Iterator[Figure]:
    """Yield the highest rate that nginx gets in time, the one where that ends, and what is said."""
    rungs = []
    with tempfile.TemporaryDirectory() as name:
        for rate_per_s in _RATES_PER_S:
            print(f"  one process at {rate_per_s:,}/s", flush=True)
            rungs.append(_rung(Path(name) / str(rate_per_s), rate_per_s))
            if rungs[-1].started < _KEPT:
                break
    *kept, last = rungs
    if kept:
        yield Figure("one process holds", (float(kept[-1].rate_per_s),), "/s")
        fit = tuple(100 * one.unfit for one in kept)
        yield Figure("seconds called unfit up to there", fit, "%", "0 %", max(fit) == 0)
    yield Figure("and no more at", (float(last.rate_per_s),), "/s")
    yield Figure("of which it starts before the end", (100 * last.started,), "%")
    said = 100 * last.unfit
    yield Figure("seconds called unfit there", (said,), "%", "> 50 %", said > 50)
    yield Figure("exit code there", (float(last.code),), "", "not 0", last.code != 0)


def _rung(folder: Path, rate_per_s: int) -> _Rung:
    with nginx(folder / "nginx") as server:
        project = Project(
            folder / "project",
            server.url,
            users=_USERS,
            rate_per_s=rate_per_s,
            duration_s=_RUN_S,
        )
        with started(project.command(), project.folder, project.environ) as process:
            ended(process, project.folder, _DEADLINE_S)
    seconds = [one for one in project.seconds() if one.due]
    over_at = min(one.at for one in project.requests()) + timedelta(seconds=_RUN_S)
    before = [one for one in seconds if one.at < over_at]
    return _Rung(
        rate_per_s=rate_per_s,
        started=sum(one.started for one in before) / (rate_per_s * _RUN_S),
        unfit=sum(bool(one.unfit) for one in seconds) / len(seconds),
        code=process.returncode,
    )
