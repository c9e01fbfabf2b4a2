"""Writes observations to the store as the run goes, without holding up the loop.

A commit waits for the disk, so it is done in gevent's thread pool. A run that is killed keeps all
but the last second.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]
from gevent.lock import RLock  # type: ignore[import-untyped]

from seakeep.errors import StoreError
from seakeep.observation import Kind, Observation
from seakeep.store import Store

__all__ = ["Writer"]

_EVERY_S = 1.0


class Writer:
    """The one place of a run that writes to the store.

    Attributes:
        error: Why the latest write failed, or ``None``.
        requests: How many requests of this run are in the store.
    """

    def __init__(self, store: Store, on_error: Callable[[], None]) -> None:
        """Write to a store.

        Args:
            store: Where to; the writer closes it.
            on_error: Called once when the store does not take any more.
        """
        self.error: StoreError | None = None
        self.requests = 0
        self._store = store
        self._on_error = on_error
        self._pending: list[Observation] = []
        self._writing = RLock()
        self._closing = Event()
        self._loop: Any = gevent.spawn(self._flush_often)

    def begin(self) -> None:
        """Count from here on: a run starts."""
        self.requests = 0

    def add(self, observations: Sequence[Observation]) -> None:
        """Take observations, to be written within a second."""
        self._pending += observations

    def flush(self) -> None:
        """Write what has not been written; when that fails, keep it and set `error`."""
        with self._writing:
            batch, self._pending = self._pending, []
            if not batch:
                return
            self.error = gevent.get_hub().threadpool.apply(self._write, (batch,))
            if self.error is not None:
                self._pending = batch + self._pending
            else:
                self.requests += sum(one.events for one in batch if one.kind is Kind.LOAD)

    def close(self) -> None:
        """Write the rest and close the store; nothing may be added afterwards."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._loop.join()
        self.flush()
        self._store.close()

    def _flush_often(self) -> None:
        while not self._closing.wait(_EVERY_S):
            self.flush()
            if self.error is not None:
                gevent.spawn(self._on_error)
                return

    def _write(self, batch: Sequence[Observation]) -> StoreError | None:
        """Runs in the thread pool, which would print a traceback of an error that is raised."""
        try:
            self._store.record_many(batch)
        except StoreError as error:
            return error
        except Exception as error:  # noqa: BLE001 - the flush goes on, and the batch is kept
            return StoreError(f"can't record {len(batch)} observations: {error!r}")
        return None
