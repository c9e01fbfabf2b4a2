"""What a load run says of a server that froze: for one of 20 s, at 200 arrivals a second.

The truth is known apart from any client: the schedule says when each visitor was meant to come, and
the server's own log when it was answered; the server answers in the order in which it reads. Each
contender has a server of its own, and no two servers are frozen at the same time.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench.load_processes import Log, ended, locust, started, target
from bench.load_project import Project, bare_file
from bench.measure import Figure

__all__ = ["run"]

_RATE_PER_S, _RUN_S, _FREEZE_S = 200, 20, 1.0
_FREEZE_AFTER_S, _APART_S = 4.0, 3.5
_ROUNDS = 3
_SHARE = 0.99
_AIM = 5.0
_OURS, _BARE = (300, 10), (10, 200)
"""Users. A closed loop needs few for this rate, as the server answers in no time."""
_DEADLINE_S = 90.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """A p99 in milliseconds: what is true, if that can be told, and what was said."""

    true_ms: float
    said_ms: float


def run() -> Iterator[Figure]:
    """Yield the p99 that is true, that of the store, and bare Locust's, and how far off ours is."""
    rounds = []
    for number in range(_ROUNDS):
        print(f"  a server freezes, round {number + 1} of {_ROUNDS}", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            rounds.append(_round(Path(folder)))
    for place, users in enumerate(_OURS):
        yield from _figures(f"open loop, {users} users", [one[place] for one in rounds])
    for place, users in enumerate(_BARE, len(_OURS)):
        title = f"bare Locust, {users} users at {_RATE_PER_S / users:g}/s: its p99"
        yield Figure(title, tuple(one[place].said_ms for one in rounds), "ms")


def _figures(title: str, seen: list[_Seen]) -> Iterator[Figure]:
    yield Figure(f"{title}: true p99", tuple(one.true_ms for one in seen), "ms")
    yield Figure(f"{title}: p99 in the store", tuple(one.said_ms for one in seen), "ms")
    errors = tuple(100 * abs(one.said_ms / one.true_ms - 1) for one in seen)
    yield Figure(f"{title}: off by", errors, "%", f"<= {_AIM:g} %", max(errors) <= _AIM)


def _round(folder: Path) -> list[_Seen]:
    """Run all at once: together they need a quarter of a core."""
    contenders = [(_ours, users) for users in _OURS] + [(_bare, users) for users in _BARE]
    with ThreadPoolExecutor(len(contenders)) as pool:
        running = [
            pool.submit(contender, folder / str(place), users, _FREEZE_AFTER_S + place * _APART_S)
            for place, (contender, users) in enumerate(contenders)
        ]
        return [one.result() for one in running]


def _ours(folder: Path, users: int, freeze_after_s: float) -> _Seen:
    with target(freeze_after_s, _FREEZE_S) as server:
        project = Project(
            folder, server.url, users=users, rate_per_s=_RATE_PER_S, duration_s=_RUN_S
        )
        with started(project.command(), folder, project.environ) as process:
            ended(process, folder, _DEADLINE_S)
        log = server.end()
    first = min(one.at.timestamp() for one in project.requests())
    said_s = project.response_times().quantile(_SHARE)
    assert said_s is not None
    return _Seen(1000 * _true_p99_s(log, first), 1000 * said_s)


def _true_p99_s(log: Log, first: float) -> float:
    """Return the nearest rank of the response times, which schedule and server know.

    Args:
        log: The server's.
        first: When the first visitor was meant to come (Unix time); the others follow evenly.
    """
    if len(log.answered) != _RATE_PER_S * _RUN_S or not log.frozen:
        raise RuntimeError(f"{len(log.answered)} answers; wanted {_RATE_PER_S * _RUN_S}")
    times = [at - (first + k / _RATE_PER_S) for k, at in enumerate(sorted(log.answered))]
    return sorted(times)[math.ceil(_SHARE * len(times)) - 1]


def _bare(folder: Path, users: int, freeze_after_s: float) -> _Seen:
    period_s = users / _RATE_PER_S
    file = bare_file(folder, f"constant_throughput({1 / period_s})", period_s)
    with target(freeze_after_s, _FREEZE_S) as server:
        flags = ("-u", str(users), "-r", str(users), "-t", f"{_RUN_S}s", "--host", server.url)
        with started(locust(file, *flags), folder) as process:
            ended(process, folder, _DEADLINE_S)
        server.end()
    return _Seen(math.nan, _told_p99_ms((folder / "output.txt").read_text()))


def _told_p99_ms(output: str) -> float:
    """Return what Locust's last table says, of all requests."""
    head, *lines = output[output.rindex("Response time percentiles") :].splitlines()[1:]
    (row,) = [line.split() for line in lines if line.split()[:1] == ["Aggregated"]]
    return float(row[1 + head.split().index("99%") - len(("Type", "Name"))])
