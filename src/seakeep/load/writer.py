"""Writes observations to the store as the run goes, without holding up the loop.

A commit waits for the disk, so it is done in gevent's thread pool. A run that is killed keeps all
but the last second. A disk that hangs, or somebody who holds the store locked, neither keeps a run
from its end nor fills the memory: what could not be written is an error that says how much it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]
from gevent.lock import RLock  # type: ignore[import-untyped]

from seakeep.errors import StoreError
from seakeep.observation import Observation
from seakeep.store import Store

__all__ = ["Writer"]

_EVERY_S = 1.0
_LAST_S = 2.0
"""How long the end of a run waits for the store: whoever stops a run wants it to end."""
_MOST_PENDING = 50_000
_HANGS_S = 60.0
"""A write that takes longer will not come to its end; SQLite itself gives a lock up before."""


@dataclass(frozen=True, slots=True)
class _Write:
    """A batch on its way to the disk."""

    batch: list[Observation]
    result: Any
    begun: float


class Writer:
    """The one place of a run that writes to the store.

    Attributes:
        error: Why not all that was added is in the store, as far as it should be; or ``None``.
    """

    def __init__(self, store: Store, on_error: Callable[[], None]) -> None:
        """Write to a store.

        Args:
            store: Where to; the writer closes it.
            on_error: Called once when the store does not take any more.
        """
        self.error: StoreError | None = None
        self._store = store
        self._on_error = on_error
        self._has_told = False
        self._pending: list[Observation] = []
        self._dropped = 0
        self._under_way: _Write | None = None
        self._writing = RLock()
        self._closing = Event()
        self._loop: Any = gevent.spawn(self._flush_often)

    def add(self, observations: Sequence[Observation]) -> None:
        """Take observations, to be written within a second; very many that can't be are dropped."""
        if len(self._pending) >= _MOST_PENDING:
            self._dropped += len(observations)
        else:
            self._pending += observations
        write = self._under_way
        if self._dropped or (write is not None and perf_counter() - write.begun > _HANGS_S):
            self.error = self._not_written()
            self._tell()

    def flush(self) -> None:
        """Write what has not been written.

        When that fails or takes more than two seconds, keep it and set `error`.
        """
        self._flush(_LAST_S)

    def close(self) -> None:
        """Write the rest and close the store; nothing may be added afterwards."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._flush(0.0 if self._is_stuck() else _LAST_S)
        if self._under_way is None:  # else its thread has the store: it goes with the process
            self._loop.join()
            self._store.close()

    def _is_stuck(self) -> bool:
        write = self._under_way
        return write is not None and perf_counter() - write.begun > _LAST_S

    def _flush_often(self) -> None:
        while not self._closing.wait(_EVERY_S):
            self._flush(None)
            if self.error is not None:
                self._tell()
                return

    def _flush(self, within_s: float | None) -> None:
        until = None if within_s is None else perf_counter() + within_s
        if not self._writing.acquire(timeout=within_s):
            self.error = self._not_written()
            return
        try:
            self._await(until)
            if self._pending and self._under_way is None:
                batch, self._pending = self._pending, []
                result = gevent.get_hub().threadpool.spawn(self._write, batch)
                self._under_way = _Write(batch, result, perf_counter())
                self._await(until)
        finally:
            self._writing.release()

    def _await(self, until: float | None) -> None:
        """Wait for the write that is under way to come to its end, or until that moment."""
        write = self._under_way
        if write is None:
            return
        left_s = None if until is None else max(0.0, until - perf_counter())
        write.result.wait(left_s)
        if not write.result.ready():
            self.error = self._not_written()
            return
        self.error, self._under_way = write.result.get(), None
        if self.error is not None:
            self._pending = write.batch + self._pending
        elif self._dropped:
            self.error = self._not_written()

    def _not_written(self) -> StoreError:
        on_the_way = self._under_way.batch if self._under_way is not None else []
        count = len(on_the_way) + len(self._pending) + self._dropped
        return StoreError(
            f"{count} observations are not written to the store {self._store.file}: "
            "wanted a disk that answers, and nobody who holds the store locked"
        )

    def _tell(self) -> None:
        if not self._has_told:
            self._has_told = True
            gevent.spawn(self._on_error)

    def _write(self, batch: Sequence[Observation]) -> StoreError | None:
        """Runs in the thread pool, which would print a traceback of an error that is raised."""
        try:
            self._store.record_many(batch)
        except StoreError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the flush goes on, and the batch is kept
            return StoreError(f"can't record {len(batch)} observations: {error!r}")
        return None
