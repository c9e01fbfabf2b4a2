"""The store: every observation and every verdict, in one SQLite file.

Write-ahead logging lets probes, load and chaos write side by side while others read. A commit is
on disk before `Store.record` returns (``synchronous=FULL``), so neither ``kill -9`` nor a power
cut loses what was recorded. See https://www.sqlite.org/wal.html.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from seakeep import environment
from seakeep.errors import StoreError
from seakeep.observation import Attribute, Kind, Observation
from seakeep.store_rows import COLUMNS, from_row, to_row, to_us
from seakeep.store_schema import check_owner, migrate

__all__ = ["FILE_NAME", "Condition", "Store", "open_store", "to_us"]

FILE_NAME = "seakeep.db"
_BUSY_TIMEOUT_S = 30.0
_LOCKED_PAUSE_S = 0.01
_INSERT = f"INSERT INTO observation ({COLUMNS}) VALUES ({', '.join('?' * 20)})"  # noqa: S608
_PRUNE = """
    DELETE FROM observation WHERE at_us < ?
    AND id <= (SELECT coalesce(min(folded_id), 9223372036854775807) FROM rollup)
"""
_NOTE_PRUNED = """
    INSERT INTO pruned (only, before_us) VALUES (1, ?)
    ON CONFLICT (only) DO UPDATE SET before_us = max(before_us, excluded.before_us)
"""
# SQLite gives the ids of deleted last rows to new ones: these must not pass for folded.
_LOWER_WATERMARKS = """
    UPDATE rollup SET version = version + 1,
    folded_id = min(folded_id, (SELECT coalesce(max(id), 0) FROM observation))
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """A piece of SQL over the columns of ``observation``, with its parameters.

    Built by `seakeep.slo.source_seakeep`; conditions are joined with AND.
    """

    sql: str
    parameters: tuple[Attribute, ...] = ()


class Store:
    """One open store. Safe to share between threads; each process opens its own."""

    def __init__(self, file: Path) -> None:
        """Open the store, make it when it is not there, and bring its schema up to date.

        Raises:
            StoreError: The folder is read-only, the disk is full, the file is not a store,
                or was written by a newer Seakeep.
        """
        self.file = file
        self._lock = threading.RLock()
        with self._translated("open"):
            file.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                file, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
            )
            try:
                check_owner(self._connection, file)  # what is not ours stays as it is
                self._connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # before any page
                _enter_wal(self._connection)
                self._connection.execute("PRAGMA synchronous = FULL")
                migrate(self._connection, file)
                self._connection.create_function(
                    "events_within", 2, _events_within, deterministic=True
                )
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the store; what was recorded is on disk already."""
        with self._lock:
            self._connection.close()

    def record(self, *observations: Observation) -> None:
        """Write observations in one transaction; they are on disk when this returns.

        Raises:
            StoreError: They could not be written; none of them was.
        """
        self.record_many(observations)

    def record_many(self, observations: Iterable[Observation]) -> None:
        """Write any number of observations in one transaction.

        Raises:
            StoreError: They could not be written; none of them was.
        """
        rows = [to_row(observation) for observation in observations]
        with self._transaction("write to") as connection:
            connection.executemany(_INSERT, rows)

    def observations(self, *conditions: Condition) -> Iterator[Observation]:
        """Yield the observations that meet all conditions, oldest first."""
        where, parameters = _where(conditions)
        sql = f"SELECT {COLUMNS} FROM observation {where} ORDER BY at_us, id"  # noqa: S608
        with self._lock, self._translated("read"):
            rows = self._connection.execute(sql, parameters).fetchall()
        return (from_row(row) for row in rows)

    def select(
        self, columns: str | Condition, *conditions: Condition, tail: str = ""
    ) -> list[tuple[object, ...]]:
        """Return SQL expressions over the observations that meet all conditions.

        Args:
            columns: SQL expressions of ours, never of a user's, with their parameters if any.
            conditions: What the observations must meet.
            tail: What follows, such as ``GROUP BY cause``.
        """
        shown = columns if isinstance(columns, Condition) else Condition(columns)
        where, parameters = _where(conditions)
        sql = f"SELECT {shown.sql} FROM observation {where} {tail}"  # noqa: S608
        return self.query(sql, (*shown.parameters, *parameters))

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        """Return the rows of a query of ours over any of the store's tables."""
        with self._lock, self._translated("read"):
            return self._connection.execute(sql, parameters).fetchall()

    def last_id(self) -> int:
        """Return the id of the last observation written; 0 without any."""
        ((last_id,),) = self.query("SELECT coalesce(max(id), 0) FROM observation")
        return int(str(last_id))

    def save_verdicts(self, run_id: str, platform: str, verdicts: Sequence[str]) -> None:
        """Keep a run's verdicts, each as JSON, in place of what the run had before."""
        at_us = to_us(datetime.now(UTC))
        with self._transaction("write to") as connection:
            connection.execute("DELETE FROM verdict WHERE run_id = ?", (run_id,))
            connection.executemany(
                "INSERT INTO verdict (at_us, run_id, platform, body) VALUES (?, ?, ?, ?)",
                [(at_us, run_id, platform, verdict) for verdict in verdicts],
            )

    def verdicts(self, run_id: str) -> tuple[str, ...]:
        """Return a run's verdicts as they were saved."""
        with self._lock, self._translated("read"):
            rows = self._connection.execute(
                "SELECT body FROM verdict WHERE run_id = ? ORDER BY id", (run_id,)
            ).fetchall()
        return tuple(body for (body,) in rows)

    def latest_run_id(self, platform: str) -> str | None:
        """Return the id of the platform's latest run, or ``None`` when it has none.

        What was seen of the platform makes a run, not what the tool tells of itself.
        """
        with self._lock, self._translated("read"):
            row = self._connection.execute(
                "SELECT run_id FROM observation WHERE platform = ? AND kind NOT IN (?, ?) "
                "ORDER BY at_us DESC LIMIT 1",
                (platform, Kind.GENERATOR, Kind.CAPACITY),
            ).fetchone()
        return str(row[0]) if row else None

    def prune(self, before: datetime) -> int:
        """Delete all that is older than ``before``, give the space back, and count the rows.

        Observations that a roll-up has not counted yet stay; `seakeep.slo.rollup_store.prune`
        folds them first, and prunes the roll-ups too.
        """
        limit = (to_us(before),)
        with self._transaction("prune") as connection:
            deleted = connection.execute(_PRUNE, limit).rowcount
            deleted += connection.execute("DELETE FROM verdict WHERE at_us < ?", limit).rowcount
            connection.execute(_NOTE_PRUNED, limit)
            connection.execute(_LOWER_WATERMARKS)
        with self._lock, self._translated("prune"):
            self._connection.executescript("PRAGMA incremental_vacuum")  # a page a step
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return deleted

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """Return a transaction that writes all or nothing; other writers wait for its end."""
        return self._transaction("write to")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all reads within see the store as it is at the first of them."""
        with self._lock, self._translated("read"):
            if self._connection.in_transaction:  # one within another is part of it
                yield
                return
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")  # nothing was written

    @contextmanager
    def _transaction(self, verb: str) -> Iterator[sqlite3.Connection]:
        with self._lock, self._translated(verb):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self, verb: str) -> Iterator[None]:
        """The one place where SQLite's and the file system's errors become `StoreError`."""
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"can't {verb} the store {self.file}: {error}; wanted a writable folder with "
                f"free space, on a local disk (set {environment.HOME} to choose another)"
            ) from error


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Turn write-ahead logging on, also while others do so.

    SQLite waits for most locks by itself, but not for this one: of several first openers, some are
    told at once that the database is locked (https://www.sqlite.org/wal.html).
    """
    deadline = time.monotonic() + _BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_LOCKED_PAUSE_S)
        else:
            return


def _events_within(durations: bytes, limit_s: float) -> int:
    """SQL: how many of a batch took at most so long; near, where the limit parts a bucket."""
    from seakeep.histogram import Histogram  # noqa: PLC0415 - seldom needed

    return Histogram.from_bytes(durations).count_within(limit_s)


def open_store(home: Path | None = None) -> Store:
    """Open the store in ``$SEAKEEP_HOME``, or in the folder given."""
    return Store((home or environment.home()) / FILE_NAME)


def _where(conditions: Sequence[Condition]) -> tuple[str, tuple[Attribute, ...]]:
    sql = " AND ".join(f"({condition.sql})" for condition in conditions)
    parameters = tuple(p for condition in conditions for p in condition.parameters)
    return (f"WHERE {sql}" if sql else ""), parameters
