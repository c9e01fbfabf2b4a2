"""The store keeps what it was given: beside other writers, and when killed."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep import store_schema
from seakeep.errors import StoreError
from seakeep.histogram import Histogram
from seakeep.observation import Batch, Kind, Observation, Outcome, Phases
from seakeep.store import Condition, Store, open_store

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


def observation(name: str = "health", **changes: object) -> Observation:
    fields: dict[str, object] = {
        "at": NOW,
        "platform": "sandbox",
        "kind": Kind.PROBE,
        "name": name,
        "location": "local",
        "run_id": "run-1",
        "outcome": Outcome.GOOD,
        "duration_s": 0.25,
    }
    return Observation(**(fields | changes))  # type: ignore[arg-type]


def test_an_observation_comes_back_as_it_was_recorded(tmp_path: Path) -> None:
    whole = observation(
        at=NOW + timedelta(microseconds=1),
        kind=Kind.JOURNEY,
        outcome=Outcome.BAD,
        phases=Phases(resolve_s=0.001, processing_s=0.2),
        cause="status",
        message="wanted 200, got 503",
        attributes={"status": 503, "lcp_ms": 12.5, "degraded": True, "trace_id": "ab"},
    )
    with open_store(tmp_path) as store:
        store.record(whole)
        assert list(store.observations()) == [whole]


def batch_of(*durations: float) -> Batch:
    waited = Histogram([duration - 0.01 for duration in durations])
    return Batch(
        count=len(durations),
        shortest_s=min(durations),
        durations=Histogram(durations),
        service=waited,
    )


def test_a_batch_comes_back_with_its_histograms(tmp_path: Path) -> None:
    many = observation(kind=Kind.LOAD, duration_s=0.9, batch=batch_of(0.1, 0.2, 0.9))
    with open_store(tmp_path) as store:
        store.record(many, observation())
        seen = list(store.observations())
        assert seen == [many, observation()]
        assert [one.events for one in seen] == [3, 1]
        within = "events_within(durations, 0.5)"
        rows = store.select(f"events, shortest_s, {within}", Condition("durations IS NOT NULL"))
        assert rows == [(3, 0.1, 2)]


@given(
    st.lists(
        st.tuples(
            st.datetimes(timezones=st.just(UTC)),
            st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
            st.floats(0, 1e6),
        ),
        max_size=5,
    )
)
def test_any_observations_come_back_oldest_first(
    tmp_path_factory: pytest.TempPathFactory, seen: list[tuple[datetime, str, float]]
) -> None:
    given_ones = [observation(name, at=at, duration_s=s) for at, name, s in seen]
    with open_store(tmp_path_factory.mktemp("store")) as store:
        store.record_many(given_ones)
        assert list(store.observations()) == sorted(given_ones, key=lambda o: o.at)


def test_a_failed_batch_leaves_nothing_of_itself(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        with pytest.raises(StoreError, match="can't write"):
            store.record(observation(), observation(message=None))
        assert list(store.observations()) == []


def test_old_rows_are_pruned_and_their_space_given_back(tmp_path: Path) -> None:
    old = [observation(at=NOW - timedelta(days=40), message="x" * 500) for _ in range(3000)]
    with open_store(tmp_path) as store:
        store.record_many([*old, observation()])
        before = store.file.stat().st_size + Path(f"{store.file}-wal").stat().st_size
        assert store.prune(NOW - timedelta(days=30)) == 3000
        assert len(list(store.observations())) == 1
        assert store.file.stat().st_size < before / 10


def _writer(home: Path, name: str, batches: int) -> subprocess.Popen[str]:
    code = (
        "import sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from seakeep.observation import Kind, Observation, Outcome\n"
        "from seakeep.store import open_store\n"
        "home, name, batches = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])\n"
        "with open_store(home) as store:\n"
        "    for batch in range(batches):\n"
        "        store.record_many(Observation(at=datetime.now(UTC), platform='p',\n"
        "            kind=Kind.LOAD, name=name, location='l', run_id=str(batch),\n"
        "            outcome=Outcome.GOOD, duration_s=0.1) for _ in range(10))\n"
        "        print(batch, flush=True)\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(home), name, str(batches)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_several_processes_write_side_by_side_and_lose_nothing(tmp_path: Path) -> None:
    writers = [_writer(tmp_path, f"writer-{number}", 40) for number in range(4)]
    for writer in writers:
        _, errors = writer.communicate(timeout=60)
        assert writer.returncode == 0, errors
    with open_store(tmp_path) as store:
        rows = store.select("name, count(*)", tail="GROUP BY name ORDER BY name")
    assert rows == [(f"writer-{number}", 400) for number in range(4)]


@pytest.mark.parametrize("after", [1, 7, 23])
def test_killed_at_any_moment_no_committed_observation_is_lost(tmp_path: Path, after: int) -> None:
    writer = _writer(tmp_path, "victim", 100_000)
    assert writer.stdout is not None
    committed = -1
    for _ in range(after):
        committed = int(writer.stdout.readline())
    writer.send_signal(signal.SIGKILL)
    committed = max([committed, *(int(line) for line in writer.stdout.read().split() if line)])
    writer.communicate(timeout=10)
    with open_store(tmp_path) as store:
        rows = store.select("run_id, count(*)", tail="GROUP BY run_id")
        batches = {str(run_id): count for run_id, count in rows}
        store.record(observation())  # and it can be written again
    assert all(batches[str(batch)] == 10 for batch in range(committed + 1))
    assert set(batches.values()) == {10}, "a batch was written by half"


def test_first_openers_at_once_make_one_schema(tmp_path: Path) -> None:
    for attempt in range(3):  # the race is short: once is often not enough to lose it
        writers = [_writer(tmp_path / str(attempt), "first", 1) for _ in range(5)]
        ended = [(writer.communicate(timeout=60), writer.returncode) for writer in writers]
        assert [code for _, code in ended] == [0] * 5, ended


def test_a_store_of_the_version_before_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        store.record(observation())
    more = (*store_schema._STEPS, ("ALTER TABLE observation ADD COLUMN note TEXT",))
    monkeypatch.setattr(store_schema, "_STEPS", more)
    monkeypatch.setattr(store_schema, "VERSION", len(more))
    with open_store(tmp_path) as store:
        assert len(list(store.observations())) == 1
        assert store.select("note") == [(None,)]
        assert store._connection.execute("PRAGMA user_version").fetchone() == (len(more),)


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(tmp_path) as store:
        store.record(observation())
    broken = (*store_schema._STEPS, ("ALTER TABLE observation ADD COLUMN note TEXT", "NONSENSE"))
    with monkeypatch.context() as patched:
        patched.setattr(store_schema, "_STEPS", broken)
        patched.setattr(store_schema, "VERSION", len(broken))
        with pytest.raises(StoreError, match="NONSENSE"):
            open_store(tmp_path)
    with open_store(tmp_path) as store:
        assert len(list(store.observations())) == 1


def test_a_store_of_a_newer_seakeep_is_refused_by_name(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store._connection.execute("PRAGMA user_version = 999")
    with pytest.raises(StoreError, match=r"version 999.*newer Seakeep"):
        open_store(tmp_path)


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "seakeep.db"
    with contextlib.closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE theirs (x)")
    before = file.read_bytes()
    with pytest.raises(StoreError, match="another program's"):
        Store(file)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "seakeep.db").write_text("this is not a database, it is a note" * 50)
    with pytest.raises(StoreError, match=r"can't open the store .*seakeep\.db"):
        open_store(tmp_path)


def test_a_read_only_folder_is_one_clear_error(tmp_path: Path) -> None:
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from seakeep.errors import StoreError\n"
        "from seakeep.store import open_store\n"
        "if os.geteuid() == 0:\n"
        "    os.setgid(65534); os.setuid(65534)\n"
        "try:\n"
        "    open_store(Path(sys.argv[1]))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
    )
    tmp_path.chmod(0o555)
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert ended.stdout.startswith("can't open the store")
    assert "wanted a writable folder" in ended.stdout
    assert ended.stderr == ""


def test_a_full_disk_is_one_clear_error_and_loses_nothing_committed(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys\n"
        "from datetime import UTC, datetime\n"
        "from pathlib import Path\n"
        "from seakeep.errors import StoreError\n"
        "from seakeep.observation import Kind, Observation, Outcome\n"
        "from seakeep.store import open_store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))\n"
        "store = open_store(Path(sys.argv[1]))\n"
        "written = 0\n"
        "try:\n"
        "    while True:\n"
        "        store.record_many([Observation(at=datetime.now(UTC), platform='p',\n"
        "            kind=Kind.LOAD, name='n', location='l', run_id='r', message='x' * 1000,\n"
        "            outcome=Outcome.GOOD, duration_s=0.1)] * 50)\n"
        "        written += 50\n"
        "except StoreError as error:\n"
        "    print(written, error)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    written, _, message = ended.stdout.partition(" ")
    assert "can't write to the store" in message
    assert "free space" in message
    with open_store(tmp_path) as store:
        assert store.select("count(*)") == [(int(written),)]


def test_verdicts_of_a_run_are_replaced_as_a_whole(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.save_verdicts("run-1", "sandbox", ["{}", "{}"])
        store.save_verdicts("run-1", "sandbox", ['{"a": 1}'])
        assert store.verdicts("run-1") == ('{"a": 1}',)


def test_the_latest_run_is_the_one_that_was_seen_last(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        assert store.latest_run_id("sandbox") is None
        later = observation(run_id="late", at=NOW + timedelta(seconds=1))
        store.record(later, observation(run_id="early"))
        assert store.latest_run_id("sandbox") == "late"
        assert list(store.observations(Condition("run_id = ?", ("late",)))) == [later]


@pytest.mark.parametrize("kind", [Kind.GENERATOR, Kind.CAPACITY])
def test_what_tells_nothing_of_the_platform_makes_no_run(tmp_path: Path, kind: Kind) -> None:
    with open_store(tmp_path) as store:
        store.record(observation(kind=kind, run_id="other"))
        assert store.latest_run_id("sandbox") is None
        store.record(observation(run_id="run", at=NOW - timedelta(hours=1)))
        assert store.latest_run_id("sandbox") == "run"
