"""Folds observations into roll-ups, each exactly once, and prunes both.

SQLite lets one writer in at a time, so row ids are committed in their order: all observations up to
an id are there once that id is. A roll-up's `folded_id` moves in the transaction that adds what was
counted. The counting itself is done before, without keeping other writers waiting; when another
process was quicker, its outcome is thrown away. A process killed at any moment has folded a batch
wholly or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from seakeep.errors import StoreError
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.slo.rollup import Slice, SliceKey
from seakeep.slo.rollup_events import count_events
from seakeep.slo.rollup_store import (
    Rollup,
    add_slices,
    delete_slices,
    delete_unasked,
    rollups,
)
from seakeep.store import Condition, Store, to_us

__all__ = [
    "BATCH",
    "fingerprint",
    "fold",
    "fold_all",
    "fold_objectives",
    "parse_fingerprint",
    "prune",
]

BATCH = 50_000
"""How many observations are folded at a time: some 20 MB of memory, a fraction of a second."""

_ASKED_EVERY = timedelta(days=1)  # no write for each look

Progress = Callable[[int, int], None]
"""Is told the last observation's id that is folded, and the last there is."""


def fingerprint(indicator: ObservedRatio) -> str:
    """Return the text that stands for an indicator: the same for the same, and only for these.

    Fields of their default value are left out, so that a new one changes no fingerprint.
    """
    body = _reader().dump_python(indicator, mode="json", exclude_defaults=True, warnings=False)
    return json.dumps(_without_empty(body), sort_keys=True, separators=(",", ":"))


def _without_empty(body: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _without_empty(value) if isinstance(value, dict) else value
        for key, value in body.items()
        if value != {} or key in {"events", "good"}
    }


def parse_fingerprint(text: str) -> ObservedRatio:
    """Return the indicator that a fingerprint stands for.

    Raises:
        StoreError: It is that of a newer Seakeep, which knows more.
    """
    indicator = _reader().validate_json(text)
    if fingerprint(indicator) != text:
        raise StoreError(
            f"the store has a roll-up of {text}, which a newer Seakeep made; wanted one that this "
            "version understands: upgrade Seakeep, or choose another folder"
        )
    return indicator


@cache
def _reader() -> TypeAdapter[ObservedRatio]:
    return TypeAdapter(ObservedRatio)  # some milliseconds to make


def fold(
    store: Store,
    platform: str,
    indicators: Iterable[ObservedRatio],
    *,
    progress: Progress | None = None,
) -> dict[str, Rollup]:
    """Fold what was observed since the last time, and return the roll-ups by fingerprint.

    An indicator that is new, since its objective is or was changed, is folded from all the
    observations there are.

    Raises:
        StoreError: The store can't be read or written.
    """
    wanted = {fingerprint(indicator): indicator for indicator in indicators}
    _ask(store, platform, wanted)
    return _fold(store, platform, wanted, progress)


def fold_objectives(
    store: Store,
    platform: str,
    objectives: Iterable[Objective],
    *,
    progress: Progress | None = None,
) -> dict[str, Rollup]:
    """Do the same for the indicators of objectives; those asked of Prometheus have no roll-up."""
    indicators = (objective.indicator for objective in objectives)
    mine = [one for one in indicators if isinstance(one, ObservedRatio)]
    return fold(store, platform, mine, progress=progress) if mine else {}


def fold_all(store: Store, *, progress: Progress | None = None) -> None:
    """Fold into every roll-up there is, whatever its platform.

    Raises:
        StoreError: The store can't be read or written.
    """
    for platform in {rollup.platform for rollup in rollups(store)}:
        texts = {one.indicator for one in rollups(store) if one.platform == platform}
        _fold(store, platform, {text: parse_fingerprint(text) for text in texts}, progress)


def prune(store: Store, before: datetime, rollups_before: datetime) -> int:
    """Delete old observations and verdicts, and older roll-ups; return the number of the former.

    What is deleted stays counted in the roll-ups: all is folded first.

    Args:
        store: The store.
        before: Observations and verdicts from before this time go.
        rollups_before: Slices that ended before this time go, and roll-ups not asked for since;
            none younger than ``before``, for what is still there would no longer be counted.
    """
    rollups_before = min(before, rollups_before)
    fold_all(store)
    deleted = store.prune(before)
    with store.transaction() as connection:
        delete_slices(connection, to_us(rollups_before) // 1_000_000)
        delete_unasked(connection, to_us(rollups_before))
    return deleted


def _ask(store: Store, platform: str, texts: Iterable[str]) -> None:
    """Make the roll-ups that are missing, and note that all of them are still of use."""
    now = datetime.now(UTC)
    since_us, now_us = to_us(now - _ASKED_EVERY), to_us(now)
    rows = store.query(
        "SELECT indicator FROM rollup WHERE platform = ? AND asked_us > ?", (platform, since_us)
    )
    stale = [(platform, text, now_us) for text in texts if (text,) not in rows]
    if stale:
        with store.transaction() as connection:
            connection.executemany(
                "INSERT INTO rollup (platform, indicator, asked_us) VALUES (?, ?, ?) "
                "ON CONFLICT DO UPDATE SET asked_us = excluded.asked_us",
                stale,
            )


def _fold(
    store: Store, platform: str, wanted: Mapping[str, ObservedRatio], progress: Progress | None
) -> dict[str, Rollup]:
    while True:
        mine = [
            one
            for one in rollups(store)
            if (one.platform, one.indicator in wanted) == (platform, True)
        ]
        last_id = store.last_id()
        start = min((one.folded_id for one in mine), default=last_id)
        if start >= last_id:
            return {one.indicator: one for one in mine}
        behind = [one for one in mine if one.folded_id == start]
        others = (one.folded_id for one in mine if one.folded_id > start)
        end = min((start + BATCH, last_id, *others))
        _fold_batch(store, {one: wanted[one.indicator] for one in behind}, end)
        if progress is not None:
            progress(end, last_id)


def _fold_batch(store: Store, behind: Mapping[Rollup, ObservedRatio], end: int) -> None:
    counted = {
        rollup: _count(store, rollup, indicator, end) for rollup, indicator in behind.items()
    }
    with store.transaction() as connection:
        for rollup, minutes in counted.items():
            moved = connection.execute(
                "UPDATE rollup SET folded_id = ?, version = version + 1 "
                "WHERE id = ? AND version = ?",
                (end, rollup.id, rollup.version),
            )
            if moved.rowcount:  # else another process has folded these already
                add_slices(connection, rollup, minutes)


def _count(
    store: Store, rollup: Rollup, indicator: ObservedRatio, end: int
) -> dict[SliceKey, Slice]:
    # The plus sign keeps SQLite from the index by platform and time: row ids are what is asked for.
    batch = Condition(
        "id > ? AND id <= ? AND +platform = ?", (rollup.folded_id, end, rollup.platform)
    )
    return count_events(store, indicator, batch)
