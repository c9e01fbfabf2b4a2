"""Requests per second flat out, on sixteen connections, of bare Locust, of Seakeep, hey and wrk.

All take turns, round by round, from one core to nginx on another, with one worker and one small
page. It is nginx that counts, over the same few seconds of each once it is warm: none is believed
about itself.

The promise is about microseconds of a request, and a shared machine may be half as fast from one
second to the next. So each round also has bare Locust and Seakeep run at the same time on the same
core, each against an nginx of its own: the kernel gives both the same time. Two bare ones differ by
1% there.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

from bench.load_processes import Nginx, busy_s, find, locust, nginx, started
from bench.load_project import ARRIVALS, FLAT_OUT, Project, bare_file
from bench.measure import Figure

__all__ = ["run"]

_CONNECTIONS = 16
_ROUNDS = 5
_WARM_UP_S, _WINDOW_S = 1.5, 4.0
_DEADLINE_S = 20.0
_ABOVE = 1.5
"""The open loop's rate to what bare Locust reached: more than one process can make."""
_AIM = 0.95
_BARE, _CLOSED, _OPEN = "bare FastHttpUser", "Seakeep, closed loop", "Seakeep, open loop above that"
_HEY, _WRK = "hey", "wrk"
_NONE: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Pace:
    """What one contender did in its window, and for what share of it its core was busy."""

    per_s: float
    busy: float


def run() -> Iterator[Figure]:
    """Yield each contender's rate, its ratio to bare Locust's, and how busy its core was."""
    rounds, ratios = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with nginx(folder / "nginx") as server, nginx(folder / "other") as other:
            for number in range(_ROUNDS):
                print(f"  flat out, round {number + 1} of {_ROUNDS}", flush=True)
                rounds.append(_round(folder / str(number), server))
                ratios.append(_side_by_side(folder / f"{number}-both", server, other))
    for name in rounds[0]:
        yield Figure(f"{name}: requests", tuple(one[name].per_s for one in rounds), "/s")
    for name in rounds[0]:
        if name != _BARE:
            values = tuple(one[name].per_s / one[_BARE].per_s for one in rounds)
            yield Figure(f"{name}: to bare Locust", values, "x")
    reached = statistics.median(ratios) >= _AIM
    title = "Seakeep beside bare Locust on one core"
    yield Figure(title, tuple(ratios), "x", f">= {_AIM} x", reached)
    for name in rounds[0]:
        yield Figure(f"{name}: core busy", tuple(100 * one[name].busy for one in rounds), "%")


def _round(folder: Path, server: Nginx) -> dict[str, _Pace]:
    found = {_BARE: _pace(_bare(folder / "bare", server), folder / "bare", server)}
    closed = Project(folder / "closed", server.url, users=_CONNECTIONS, duration_s=60)
    found[_CLOSED] = _pace(closed.command(FLAT_OUT), closed.folder, server, closed.environ)
    rate_per_s = _ABOVE * found[_BARE].per_s
    above = Project(
        folder / "open", server.url, users=_CONNECTIONS, duration_s=60, rate_per_s=rate_per_s
    )
    found[_OPEN] = _pace(above.command(ARRIVALS), above.folder, server, above.environ)
    url = f"{server.url}/"
    hey = [find("hey"), "-c", str(_CONNECTIONS), "-z", "60s", url]
    found[_HEY] = _pace(hey, folder / "hey", server)
    wrk = [find("wrk"), "-t1", f"-c{_CONNECTIONS}", "-d60s", url]
    found[_WRK] = _pace(wrk, folder / "wrk", server)
    return found


def _bare(folder: Path, server: Nginx) -> list[str]:
    flags = ("-u", str(_CONNECTIONS), "-r", "100", "-t", "60s", "--host", server.url)
    return locust(bare_file(folder, "constant(0)"), *flags)


def _side_by_side(folder: Path, server: Nginx, other: Nginx) -> float:
    """Return what Seakeep does for each request of bare Locust, both at once on one core."""
    ours = Project(folder / "ours", other.url, users=_CONNECTIONS, duration_s=60)
    bare = _bare(folder / "bare", server)
    with (
        started(bare, folder / "bare") as one,
        started(ours.command(FLAT_OUT), ours.folder, ours.environ) as two,
    ):
        _wait_until_served(one, folder / "bare", server)
        _wait_until_served(two, ours.folder, other)
        time.sleep(_WARM_UP_S)
        theirs, own = server.served(), other.served()
        time.sleep(_WINDOW_S)
        return (other.served() - own) / (server.served() - theirs)


def _pace(
    command: Sequence[str], folder: Path, server: Nginx, environ: Mapping[str, str] = _NONE
) -> _Pace:
    """Count what nginx serves to a process, and how busy its core is, over the same time."""
    with started(command, folder, environ) as process:
        _wait_until_served(process, folder, server)
        time.sleep(_WARM_UP_S)
        served, used_s, began = server.served(), busy_s(), time.perf_counter()
        time.sleep(_WINDOW_S)
        took_s = time.perf_counter() - began
        busy = (busy_s() - used_s) / took_s
        return _Pace((server.served() - served - 1) / took_s, busy)


def _wait_until_served(process: Popen[Any], folder: Path, server: Nginx) -> None:
    before, until = server.served(), time.monotonic() + _DEADLINE_S
    while (before := before + 1) == server.served():  # each question counts, too
        if process.poll() is not None or time.monotonic() > until:
            raise RuntimeError((folder / "output.txt").read_text()[-3000:])
        time.sleep(0.1)
