"""Keeps slices in the store: four tables that belong together, written in one transaction."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from seakeep.histogram import Histogram
from seakeep.slo.rollup import LEVELS_S, MINUTE_S, Counts, Piece, Slice, SliceKey, coarsened
from seakeep.store import Store

__all__ = [
    "Rollup",
    "add_slices",
    "complete_from_us",
    "delete_slices",
    "delete_unasked",
    "folded_id",
    "read_causes",
    "read_counts",
    "read_values",
    "rollups",
]

_TABLES = ("slice", "slice_histogram", "slice_cause")
_KEY = "rollup_id, level_s, start_s, location, planned"
_ADD_SLICE = f"""
    INSERT INTO slice ({_KEY}, good, bad, invalid, first_us, last_us)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT ({_KEY}) DO UPDATE SET
        good = good + excluded.good,
        bad = bad + excluded.bad,
        invalid = invalid + excluded.invalid,
        first_us = coalesce(min(first_us, excluded.first_us), first_us, excluded.first_us),
        last_us = coalesce(max(last_us, excluded.last_us), last_us, excluded.last_us)
"""  # noqa: S608
_GET_HISTOGRAM = f"""
    SELECT body FROM slice_histogram
    WHERE ({_KEY}) = (?, ?, ?, ?, ?)
"""  # noqa: S608
_PUT_HISTOGRAM = f"""
    INSERT INTO slice_histogram ({_KEY}, body) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT ({_KEY}) DO UPDATE SET body = excluded.body
"""  # noqa: S608
_ADD_CAUSE = f"""
    INSERT INTO slice_cause ({_KEY}, cause, bad, example_us, example)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT ({_KEY}, cause) DO UPDATE SET
        bad = bad + excluded.bad,
        (example_us, example) = (
            SELECT max(us), example FROM (
                SELECT example_us AS us, example
                UNION ALL SELECT excluded.example_us, excluded.example
            )
        )
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Rollup:
    """How far an indicator's observations are folded.

    Attributes:
        id: Its number in the store.
        platform: The platform.
        indicator: The indicator's fingerprint.
        folded_id: The last observation's id that its slices count.
        version: Grows whenever `folded_id` changes, whatever to.
    """

    id: int
    platform: str
    indicator: str
    folded_id: int
    version: int


def rollups(store: Store) -> tuple[Rollup, ...]:
    """Return all roll-ups of a store."""
    rows = store.query("SELECT id, platform, indicator, folded_id, version FROM rollup ORDER BY id")
    return tuple(Rollup(*row) for row in rows)  # type: ignore[arg-type]


def folded_id(store: Store, rollup: Rollup) -> int:
    """Return the id of the last observation that a roll-up's slices count by now."""
    ((last,),) = store.query("SELECT max(folded_id) FROM rollup WHERE id = ?", (rollup.id,))
    return last if isinstance(last, int) else 0


def complete_from_us(store: Store) -> int:
    """Return the first whole minute from when on no observation was pruned, in microseconds."""
    ((at_us,),) = store.query("SELECT max(before_us) FROM pruned")
    minute_us = MINUTE_S * 1_000_000
    return -(-at_us // minute_us) * minute_us if isinstance(at_us, int) else -(1 << 63)


def add_slices(
    connection: sqlite3.Connection, rollup: Rollup, minutes: Mapping[SliceKey, Slice]
) -> None:
    """Add events by minute to the slices of every length."""
    for level_s in LEVELS_S:
        slices = minutes if level_s == MINUTE_S else coarsened(minutes, level_s)
        keyed = [((rollup.id, level_s, *key), one) for key, one in slices.items()]
        connection.executemany(_ADD_SLICE, [_counts(*pair) for pair in keyed])
        connection.executemany(_PUT_HISTOGRAM, _histograms(connection, keyed))
        connection.executemany(_ADD_CAUSE, [row for pair in keyed for row in _causes(*pair)])


_Key = tuple[int, int, int, str, str]


def _counts(key: _Key, one: Slice) -> tuple[object, ...]:
    return (*key, one.good, one.bad, one.invalid, one.first_us, one.last_us)


def _histograms(
    connection: sqlite3.Connection, keyed: Sequence[tuple[_Key, Slice]]
) -> Iterable[tuple[object, ...]]:
    merged = []
    for key, one in keyed:
        if not one.values.count:
            continue
        found = connection.execute(_GET_HISTOGRAM, key).fetchone()
        whole = one.values
        if found is not None:
            whole = Histogram.from_bytes(found[0])
            whole.merge(one.values)
        merged.append((*key, bytes(whole)))
    return merged


def _causes(key: _Key, one: Slice) -> Iterable[tuple[object, ...]]:
    for cause, bad in one.causes.items():
        yield (*key, cause, bad, *one.examples.get(cause, (None, "")))


_Counted = tuple[int, str, int, int, int, int | None, int | None]
_WITHIN = """
    rollup_id = ? AND level_s = ? AND start_s >= ? AND start_s < ? AND location GLOB ?
"""


def read_counts(
    store: Store, rollup: Rollup, pieces: Iterable[Piece], step_s: int, location: str = "*"
) -> Iterator[tuple[int, str, Counts]]:
    """Yield counts and times by steps on the clock: a step's begin, the experiment, the counts.

    A step comes once for each piece that reaches into it.

    Args:
        store: Where they are.
        rollup: Whose slices.
        pieces: Which ones; none longer than a step.
        step_s: The length of a step, in seconds.
        location: A glob for where the observer stood.
    """
    sql = f"""
        SELECT start_s / ? * ? AS step, planned,
            sum(good), sum(bad), sum(invalid), min(first_us), max(last_us)
        FROM slice WHERE {_WITHIN} GROUP BY step, planned
    """  # noqa: S608
    for piece in pieces:
        for row in store.query(sql, (step_s, step_s, rollup.id, *piece, location)):
            start_s, planned, good, bad, invalid, first_us, last_us = cast("_Counted", row)
            yield start_s, planned, Counts(good, bad, invalid, first_us, last_us)


def read_causes(
    store: Store, rollup: Rollup, pieces: Iterable[Piece], location: str = "*"
) -> Iterator[tuple[str, Slice]]:
    """Yield the experiment and what was bad about the bad events, a cause at a time."""
    sql = f"""
        SELECT planned, cause, sum(bad), max(example_us), example
        FROM slice_cause WHERE {_WITHIN} GROUP BY planned, cause
    """  # noqa: S608 - the example is that of the latest: https://sqlite.org/lang_select.html#bareagg
    for piece in pieces:
        for row in store.query(sql, (rollup.id, *piece, location)):
            planned, cause, bad, at_us, example = cast("tuple[str, str, int, int | None, str]", row)
            examples = {} if at_us is None else {cause: (at_us, example)}
            yield planned, Slice(causes=Counter({cause: bad}), examples=examples)


def read_values(
    store: Store, rollup: Rollup, pieces: Iterable[Piece], location: str = "*"
) -> Iterator[tuple[str, Histogram]]:
    """Yield the experiment and how values were spread, a slice at a time."""
    sql = f"SELECT planned, body FROM slice_histogram WHERE {_WITHIN}"  # noqa: S608
    for piece in pieces:
        for row in store.query(sql, (rollup.id, *piece, location)):
            planned, body = cast("tuple[str, bytes]", row)
            yield planned, Histogram.from_bytes(body)


def delete_slices(connection: sqlite3.Connection, before_s: int) -> int:
    """Delete the slices that ended before a time, and return how many."""
    deleted = 0
    for table in _TABLES:
        sql = f"DELETE FROM {table} WHERE start_s + level_s <= ?"  # noqa: S608
        count = connection.execute(sql, (before_s,)).rowcount
        deleted += count if table == "slice" else 0
    return deleted


def delete_unasked(connection: sqlite3.Connection, before_us: int) -> None:
    """Delete the roll-ups of indicators that no objective has had since a time."""
    unasked = "SELECT id FROM rollup WHERE asked_us < ?"
    for table in _TABLES:
        sql = f"DELETE FROM {table} WHERE rollup_id IN ({unasked})"  # noqa: S608
        connection.execute(sql, (before_us,))
    connection.execute("DELETE FROM rollup WHERE asked_us < ?", (before_us,))
