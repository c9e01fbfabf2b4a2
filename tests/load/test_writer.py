"""What is seen is written within a second, and kept when it can't be."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import gevent  # type: ignore[import-untyped]
import pytest

from seakeep.errors import StoreError
from seakeep.load import writer as load_writer
from seakeep.load.writer import Writer
from seakeep.observation import Kind, Observation, Outcome
from seakeep.store import FILE_NAME, Store, open_store
from tests.load.greenlets import until


class Shaky(Store):
    """A store that fails when it is told to."""

    error: Exception | None = None
    writes = 0

    def record_many(self, observations: Iterable[Observation]) -> None:
        self.writes += 1
        if self.error is not None:
            raise self.error
        super().record_many(observations)


class Told:
    times = 0

    def __call__(self) -> None:
        self.times += 1


def seen(name: str, kind: Kind = Kind.LOAD) -> Observation:
    return Observation(
        at=datetime(2026, 1, 31, tzinfo=UTC),
        platform="shop",
        kind=kind,
        name=name,
        location="local",
        run_id="r",
        outcome=Outcome.GOOD,
        duration_s=0.1,
    )


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load_writer, "_EVERY_S", 0.005)


@pytest.fixture
def shaky(tmp_path: Path) -> Iterator[Shaky]:
    with Shaky(tmp_path / FILE_NAME) as store:
        yield store


def names(home: Path) -> list[str]:
    with open_store(home) as store:
        return [each.name for each in store.observations()]


def test_what_is_added_is_written_while_the_run_goes_on(shaky: Shaky, tmp_path: Path) -> None:
    writer = Writer(shaky, Told())
    writer.add([seen("a"), seen("b")])
    until(lambda: writer.requests == 2)
    writer.add([seen("c"), seen("second", Kind.GENERATOR)])
    until(lambda: writer.requests == 3)
    assert sorted(names(tmp_path)) == ["a", "b", "c", "second"]
    writer.close()


def test_to_close_writes_the_rest_and_may_be_done_twice(
    shaky: Shaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_writer, "_EVERY_S", 1000.0)
    writer = Writer(shaky, Told())
    writer.add([seen("a")])
    writer.close()
    writer.close()
    assert names(tmp_path) == ["a"]


def test_nothing_to_write_is_no_write(shaky: Shaky) -> None:
    writer = Writer(shaky, Told())
    gevent.sleep(0.02)
    writer.close()
    assert shaky.writes == 0


@pytest.mark.parametrize("error", [StoreError("the disk is full"), ValueError("no such row")])
def test_what_a_store_does_not_take_is_kept_and_that_is_told_once(
    shaky: Shaky, tmp_path: Path, error: Exception
) -> None:
    told = Told()
    shaky.error = error
    writer = Writer(shaky, told)
    writer.add([seen("a")])
    until(lambda: told.times == 1)
    assert isinstance(writer.error, StoreError)
    assert str(error) in str(writer.error)
    writer.add([seen("b")])
    writer.flush()
    gevent.sleep(0.02)
    assert (told.times, writer.requests) == (1, 0)
    shaky.error = None  # somebody made room
    writer.add([seen("c")])
    writer.close()
    assert (repr(writer.error), writer.requests) == ("None", 3)
    assert names(tmp_path) == ["a", "b", "c"]


def test_a_store_that_never_takes_the_rest_is_told_at_the_end(shaky: Shaky) -> None:
    shaky.error = StoreError("the disk is full")
    writer = Writer(shaky, Told())
    writer.add([seen("a")])
    writer.close()
    assert str(writer.error) == "the disk is full"


def test_others_have_their_turn_while_the_disk_is_slow(shaky: Shaky) -> None:
    writer = Writer(shaky, Told())
    writer.add([seen("a")])
    with sqlite3.connect(shaky.file) as other:
        other.execute("BEGIN IMMEDIATE")  # nobody else may write
        flushing = gevent.spawn(writer.flush)
        gevent.sleep(0.02)
        assert not flushing.ready()
    other.close()
    flushing.join()
    assert writer.requests == 1
    writer.close()
