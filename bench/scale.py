"""How fast many observations are folded and judged, how much memory that takes, and how much disk.

Ten objectives of a limit on duration each, every one with an observation of its own each second.
By default three days of them; ``SEAKEEP_BENCH_DAYS=3,10,30`` (or ``python -m bench scale --full``)
takes thirty, 26 million observations, some ten minutes and six gigabytes under ``$TMPDIR``.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.measure import Figure, environment
from seakeep.observation import Kind
from seakeep.slo.objective import Goodness, Objective, ObservedRatio, Selector
from seakeep.slo.rollup_fold import fold
from seakeep.slo.window import RollingWindow
from seakeep.store import Store, open_store, to_us

__all__ = ["run"]

_OBJECTIVES = 10
_BEGIN = datetime(2026, 1, 1, 0, 0, 30, tzinfo=UTC)  # no whole minute, as in life
_HOUR_S = 3600
_RUNS = 5
_AIM_S, _AIM_MB = 1.0, 200.0
_INSERT = """
    INSERT INTO observation (at_us, platform, kind, name, location, run_id, outcome, duration_s,
        resolve_s, connect_s, processing_s, transfer_s, cause, message, attributes)
    VALUES (?, 'shop', 'probe', ?, 'local', 'watch', ?, ?, 0.001, 0.001, ?, 0.0003, ?, ?, ?)
"""
_ATTRIBUTES = '{"status":200,"trace_id":"0af7651916cd43dd8448eb211c80319c"}'
_TABLES = "observation', 'observation_by_time', 'slice', 'slice_histogram', 'slice_cause"


def objectives(days: int) -> list[Objective]:
    """Return the objectives, promised over so many days."""
    return [
        Objective(
            name=f"check-{number}",
            display_name=f"Check {number}",
            description="",
            service="shop",
            target=0.99,
            window=RollingWindow(days * 86_400.0),
            indicator=ObservedRatio(
                events=Selector(kinds=(Kind.PROBE,), name=f"check-{number}"),
                good=Goodness(max_duration_s=0.3),
            ),
            place="slos.yaml:1",
        )
        for number in range(_OBJECTIVES)
    ]


def run() -> Iterator[Figure]:
    """Yield, for more and more days, the folding, the judging, its memory, and the store's size."""
    wanted = os.environ.get("SEAKEEP_BENCH_DAYS", "1,3")
    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder)) as store:
        done_s, rates = 0, []
        for days in (int(text) for text in wanted.split(",")):
            while done_s < days * 86_400:
                _observe(store, done_s)
                done_s += _HOUR_S
                rates.append(_fold_rate(store, days))
            yield from _judged(Path(folder), days, done_s)
        yield Figure("observations folded", tuple(rates), "/s")
        yield from _sizes(store, done_s * _OBJECTIVES)


def _observe(store: Store, first_s: int) -> None:
    """Write an hour: one in five hundred refused, slow ones among the rest."""
    chance = random.Random(first_s)
    rows = []
    for second in range(first_s, first_s + _HOUR_S):
        for number in range(_OBJECTIVES):
            at_us = to_us(_BEGIN) + second * 1_000_000 + chance.randrange(1_000_000)
            duration_s = chance.lognormvariate(-2.5, 0.5)
            bad = chance.random() < 0.002
            seen = ("bad", duration_s, duration_s, "status", "wanted 200, got 503")
            fine = ("good", duration_s, duration_s, "", "")
            rows.append((at_us, f"check-{number}", *(seen if bad else fine), _ATTRIBUTES))
    with store.transaction() as connection:
        connection.executemany(_INSERT, rows)


def _fold_rate(store: Store, days: int) -> float:
    started = time.perf_counter()
    fold(store, "shop", [one.indicator for one in objectives(days)])  # type: ignore[misc]
    return _HOUR_S * _OBJECTIVES / (time.perf_counter() - started)


def _judged(home: Path, days: int, seconds: int) -> Iterator[Figure]:
    """Judge in processes of their own: memory is that of judging alone, the first look included."""
    command = [sys.executable, "-m", "bench.judge_once", str(home), str(days), str(seconds)]
    found = []
    for _ in range(_RUNS):
        ended = subprocess.run(
            command, env=environment(), capture_output=True, text=True, check=True
        )
        found.append(json.loads(ended.stdout))
    events = found[0]["events"]
    if events != seconds * _OBJECTIVES:
        raise RuntimeError(f"{events} events were judged; wanted {seconds * _OBJECTIVES}")
    name = f"{days} days, {events / 1e6:.1f} million, ten objectives"
    times = tuple(one["seconds"] for one in found)
    memory = tuple(one["megabytes"] for one in found)
    slow, fat = sorted(times)[_RUNS // 2] >= _AIM_S, sorted(memory)[_RUNS // 2] >= _AIM_MB
    yield Figure(f"judged: {name}", times, "s", f"< {_AIM_S:g} s", not slow)
    yield Figure(f"peak memory: {days} days", memory, "MB", f"< {_AIM_MB:g} MB", not fat)


def _sizes(store: Store, observations: int) -> Iterator[Figure]:
    """Megabytes for a million observations, which are also so many bytes for each."""
    rows = store.query(
        f"SELECT name LIKE 'slice%', sum(pgsize) FROM dbstat WHERE name IN ('{_TABLES}') GROUP BY 1"
    )
    for is_rollup, size in rows:
        what = "roll-ups" if is_rollup else "observations"
        yield Figure(f"{what}, per million", (int(str(size)) / observations,), "MB")


def end_of(seconds: int) -> datetime:
    """Return the moment that so many seconds of observations are judged at."""
    return _BEGIN + timedelta(seconds=seconds)
