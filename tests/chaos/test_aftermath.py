from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from seakeep.chaos.undo import aftermath
from seakeep.chaos.undo.run_note import RunNote, RunNotes
from seakeep.store import Condition, Store, open_store

NOTE = RunNote(
    id="r1-1",
    run_id="r1",
    experiment="network-latency",
    platform="harbour",
    platform_folder="/nowhere",
    location="here",
    began_at="2026-01-31T00:00:00+00:00",
    harness_pid=1,
    harness_created_s=0.0,
    host="elsewhere",
)


def test_a_run_that_two_come_to_record_at_once_is_recorded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The supervisor of a killed harness, and `seakeep recover`."""
    both = threading.Barrier(2, timeout=0.3)

    class Slow:
        def __init__(self, store: Store) -> None:
            self.store = store
            self.record = store.record

        def observations(self, *conditions: Condition) -> Any:  # noqa: ANN401
            found = list(self.store.observations(*conditions))
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait()
            return found

    @contextlib.contextmanager
    def slow(home: Path) -> Iterator[Slow]:
        with open_store(home) as store:
            yield Slow(store)

    with open_store(tmp_path):
        RunNotes(tmp_path).write(NOTE)
    monkeypatch.setattr(aftermath, "open_store", slow)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: aftermath.record_end(tmp_path, NOTE, "died"), range(2)))

    assert sum(result is not None for result in results) == 1
    assert RunNotes(tmp_path).all() == ()
    with open_store(tmp_path) as store:
        assert len(list(store.observations())) == 1
