"""How fast observations are written, in batches and one by one, each commit on disk."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Figure, rates
from seakeep.observation import Kind, Observation, Outcome, Phases
from seakeep.store import Store, open_store

__all__ = ["run"]

_BATCH = 50_000
_SINGLE = 2_000


def run() -> Iterator[Figure]:
    """Yield the store's rates, and those of bare SQLite with one short row beside them."""
    one = _observation()
    with tempfile.TemporaryDirectory() as folder:
        with open_store(Path(folder)) as store:
            batch = rates(_BATCH, lambda: store.record_many([one] * _BATCH))
            single = rates(_SINGLE, lambda: _singly(store, one))
        bare = _bare_sqlite(Path(folder) / "bare.db")
    yield Figure("bare SQLite, durable commits of one row", bare, "/s")
    yield _rate("observations, singly and durably", single, 2_000)
    yield _rate("observations, in batches of 50,000", batch, 50_000)


def _rate(name: str, values: tuple[float, ...], aim: int) -> Figure:
    reached = sorted(values)[len(values) // 2] >= aim
    return Figure(name, values, "/s", f">= {aim:,}/s", reached)


def _singly(store: Store, one: Observation) -> None:
    for _ in range(_SINGLE):
        store.record(one)


def _bare_sqlite(file: Path) -> tuple[float, ...]:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT)")

        def insert() -> None:
            for _ in range(_SINGLE):
                connection.execute("INSERT INTO row (body) VALUES ('x')")

        return rates(_SINGLE, insert)


def _observation() -> Observation:
    return Observation(
        at=datetime.now(UTC),
        platform="sandbox",
        kind=Kind.PROBE,
        name="health",
        location="local",
        run_id="bench",
        outcome=Outcome.GOOD,
        duration_s=0.0123,
        phases=Phases(resolve_s=0.001, connect_s=0.001, processing_s=0.01, transfer_s=0.0003),
        attributes={"status": 200, "trace_id": "0af7651916cd43dd8448eb211c80319c"},
    )
