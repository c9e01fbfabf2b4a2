"""The store's schema, its version, and the steps from each version to the next.

The version is SQLite's ``user_version``. A step, once released, never changes; a change of the
schema is a new step at the end of `_STEPS`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from seakeep.errors import StoreError

__all__ = ["VERSION", "check_owner", "migrate"]

_APPLICATION_ID = 0x5EA_CEE9  # marks the file as ours

_STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE observation (
            id INTEGER PRIMARY KEY,
            at_us INTEGER NOT NULL,
            platform TEXT NOT NULL,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            location TEXT NOT NULL,
            run_id TEXT NOT NULL,
            outcome TEXT NOT NULL,
            duration_s REAL NOT NULL,
            resolve_s REAL,
            connect_s REAL,
            tls_s REAL,
            processing_s REAL,
            transfer_s REAL,
            cause TEXT NOT NULL,
            message TEXT NOT NULL,
            attributes TEXT
        )
        """,
        "CREATE INDEX observation_by_time ON observation (platform, at_us)",
        """
        CREATE TABLE verdict (
            id INTEGER PRIMARY KEY,
            at_us INTEGER NOT NULL,
            run_id TEXT NOT NULL,
            platform TEXT NOT NULL,
            body TEXT NOT NULL
        )
        """,
        "CREATE INDEX verdict_by_run ON verdict (run_id)",
    ),
    # Roll-ups: what `seakeep.slo.rollup` folds observations into, for each indicator.
    (
        """
        CREATE TABLE rollup (
            id INTEGER PRIMARY KEY,
            platform TEXT NOT NULL,
            indicator TEXT NOT NULL,
            folded_id INTEGER NOT NULL DEFAULT 0,
            version INTEGER NOT NULL DEFAULT 0,
            asked_us INTEGER NOT NULL,
            UNIQUE (platform, indicator)
        )
        """,
        """
        CREATE TABLE slice (
            rollup_id INTEGER NOT NULL,
            level_s INTEGER NOT NULL,
            start_s INTEGER NOT NULL,
            location TEXT NOT NULL,
            planned TEXT NOT NULL,
            good INTEGER NOT NULL,
            bad INTEGER NOT NULL,
            invalid INTEGER NOT NULL,
            first_us INTEGER,
            last_us INTEGER,
            PRIMARY KEY (rollup_id, level_s, start_s, location, planned)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE slice_histogram (
            rollup_id INTEGER NOT NULL,
            level_s INTEGER NOT NULL,
            start_s INTEGER NOT NULL,
            location TEXT NOT NULL,
            planned TEXT NOT NULL,
            body BLOB NOT NULL,
            PRIMARY KEY (rollup_id, level_s, start_s, location, planned)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE slice_cause (
            rollup_id INTEGER NOT NULL,
            level_s INTEGER NOT NULL,
            start_s INTEGER NOT NULL,
            location TEXT NOT NULL,
            planned TEXT NOT NULL,
            cause TEXT NOT NULL,
            bad INTEGER NOT NULL,
            example_us INTEGER,
            example TEXT NOT NULL,
            PRIMARY KEY (rollup_id, level_s, start_s, location, planned, cause)
        ) WITHOUT ROWID
        """,
        """
        CREATE TABLE pruned (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            before_us INTEGER NOT NULL
        )
        """,
    ),
    # The latest of a check, without a look at all that came after it. Load is left out: it is by
    # far the most to write, and its names are not declared. See https://sqlite.org/partialindex.html
    (
        """
        CREATE INDEX observation_by_name ON observation (platform, kind, name, at_us)
        WHERE kind <> 'load'
        """,
    ),
    # Batches: an observation may stand for many events alike. See `seakeep.observation.Batch`.
    (
        "ALTER TABLE observation ADD COLUMN events INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE observation ADD COLUMN shortest_s REAL",
        "ALTER TABLE observation ADD COLUMN durations BLOB",
        "ALTER TABLE observation ADD COLUMN service BLOB",
    ),
)

VERSION = len(_STEPS)


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring an open database to the current version, one step and transaction at a time.

    Raises:
        StoreError: The file is another program's, or a newer Seakeep's.
        sqlite3.Error: The file can't be read or written.
    """
    if _version(connection) == VERSION and _application(connection) == _APPLICATION_ID:
        return
    connection.execute("BEGIN IMMEDIATE")  # two first openers: the second waits, then sees it done
    try:
        _refuse_others(connection, file)
        for version in range(_version(connection), VERSION):
            for statement in _STEPS[version]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def check_owner(connection: sqlite3.Connection, file: Path) -> None:
    """Return when the database is ours, and not of a newer Seakeep; it is not touched.

    Raises:
        StoreError: It is another program's, or a newer Seakeep's.
        sqlite3.Error: It can't be read.
    """
    connection.execute("BEGIN")  # one look: another process may be making the store right now
    try:
        _refuse_others(connection, file)
    finally:
        connection.execute("ROLLBACK")


def _refuse_others(connection: sqlite3.Connection, file: Path) -> None:
    version = _version(connection)
    if version > VERSION:
        raise StoreError(
            f"the store {file} has schema version {version}, written by a newer Seakeep; "
            f"wanted at most {VERSION}: upgrade Seakeep, or choose another folder"
        )
    if _application(connection) != _APPLICATION_ID and _tables(connection):
        raise StoreError(f"{file} is another program's database; wanted a store of Seakeep's")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _application(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA application_id").fetchone()[0])


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
