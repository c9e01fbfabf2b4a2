"""What is seen is written within a second, and kept when it can't be."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

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
    until(lambda: names(tmp_path) == ["a", "b"])
    writer.add([seen("c"), seen("second", Kind.GENERATOR)])
    until(lambda: sorted(names(tmp_path)) == ["a", "b", "c", "second"])
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
    assert (told.times, names(tmp_path)) == (1, [])
    shaky.error = None  # somebody made room
    writer.add([seen("c")])
    writer.close()
    assert repr(writer.error) == "None"
    assert names(tmp_path) == ["a", "b", "c"]


def test_a_store_that_never_takes_the_rest_is_told_at_the_end(shaky: Shaky) -> None:
    shaky.error = StoreError("the disk is full")
    writer = Writer(shaky, Told())
    writer.add([seen("a")])
    writer.close()
    assert str(writer.error) == "the disk is full"


def test_others_have_their_turn_while_the_disk_is_slow(shaky: Shaky, tmp_path: Path) -> None:
    writer = Writer(shaky, Told())
    writer.add([seen("a")])
    with locked(shaky):
        flushing = gevent.spawn(writer.flush)
        gevent.sleep(0.02)
        assert not flushing.ready()
    flushing.join()
    assert names(tmp_path) == ["a"]
    writer.close()


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Have somebody else write, so that nobody else may."""
    other = sqlite3.connect(store.file)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.rollback()
        other.close()


def test_a_run_ends_though_somebody_holds_the_store_locked(
    shaky: Shaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_writer, "_LAST_S", 0.1)
    writer = Writer(shaky, Told())
    with locked(shaky):
        writer.add([seen("a"), seen("b")])
        until(lambda: shaky.writes == 1)
        writer.add([seen("c")])
        began = perf_counter()
        writer.flush()
        writer.close()
        assert perf_counter() - began < 5.0  # SQLite itself would wait for 30 s
        assert str(writer.error).startswith(
            f"3 observations are not written to the store {tmp_path}"
        )
    until(lambda: names(tmp_path) == ["a", "b"])  # what was on its way comes there in the end


def test_what_is_late_after_all_is_no_error(
    shaky: Shaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_writer, "_LAST_S", 0.05)
    monkeypatch.setattr(load_writer, "_EVERY_S", 1000.0)
    writer = Writer(shaky, Told())
    with locked(shaky):
        writer.add([seen("a")])
        writer.flush()
        assert "1 observations are not written" in str(writer.error)
    monkeypatch.setattr(load_writer, "_LAST_S", 30.0)
    writer.add([seen("b")])
    writer.close()
    assert (repr(writer.error), names(tmp_path)) == ("None", ["a", "b"])


def test_a_disk_that_hangs_does_not_fill_the_memory(
    shaky: Shaky, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_writer, "_MOST_PENDING", 10)
    told = Told()
    writer = Writer(shaky, told)
    with locked(shaky):
        writer.add([seen("on its way")])
        until(lambda: shaky.writes == 1)
        for _ in range(100):
            writer.add([seen("a"), seen("b")])
        assert str(writer.error).startswith("201 observations are not written")
        until(lambda: told.times == 1)
    until(lambda: names(tmp_path) != [])
    writer.close()
    assert len(names(tmp_path)) == 11
    assert str(writer.error).startswith("190 observations are not written")  # these are gone
    assert told.times == 1


def test_a_write_without_an_end_is_told_while_the_run_goes_on(
    shaky: Shaky, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_writer, "_HANGS_S", 0.02)
    told = Told()
    writer = Writer(shaky, told)
    with locked(shaky):
        writer.add([seen("a")])
        until(lambda: shaky.writes == 1)
        gevent.sleep(0.03)
        writer.add([seen("b")])
        until(lambda: told.times == 1)
        assert str(writer.error).startswith("2 observations are not written")
    writer.close()
    assert repr(writer.error) == "None"


def test_a_process_that_stops_does_not_wait_for_the_lock(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    script = """if True:
        import gevent.monkey; gevent.monkey.patch_all()
        import sys
        from pathlib import Path
        from seakeep.load.writer import Writer
        from seakeep.store import open_store
        from tests.load.test_writer import seen
        writer = Writer(open_store(Path(sys.argv[1])), lambda: None)
        print("ready", flush=True); sys.stdin.readline()
        writer.add([seen("a")]); writer.flush(); writer.close()
        sys.exit(str(writer.error))
    """
    command = [sys.executable, "-c", script, str(tmp_path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, text=True, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        with locked(store):
            began = perf_counter()
            _, said = process.communicate("go\n", timeout=25)
            took_s = perf_counter() - began
    store.close()
    assert said.startswith("1 observations are not written to the store")
    assert took_s < 10.0
