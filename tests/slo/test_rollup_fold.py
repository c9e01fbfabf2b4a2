"""Roll-ups count what the observations say, each exactly once, whatever happens."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seakeep import store_schema
from seakeep.errors import StoreError
from seakeep.observation import Kind, Observation, Outcome
from seakeep.slo import rollup_fold
from seakeep.slo.objective import Goodness, ObservedRatio, Selector
from seakeep.slo.rollup import Slice
from seakeep.slo.rollup_fold import fingerprint, fold, fold_all, parse_fingerprint, prune
from seakeep.slo.rollup_store import rollups
from seakeep.slo.rollup_window import WindowCount, WindowCounter
from seakeep.store import Store, open_store, to_us
from seakeep.store_rows import COLUMNS, to_row
from tests.slo.observed import NOW, indicators, moments, observations

PROBES = ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness(max_duration_s=0.5))


def planned(seen: Observation) -> str:
    during = seen.attributes.get("phase") == "during"
    return str(seen.attributes.get("experiment", "")) if during else ""


def expected(
    seen: Iterable[Observation], indicator: ObservedRatio, start: datetime, end: datetime
) -> dict[str, tuple[object, ...]]:
    found: dict[str, Slice] = {}
    for one in seen:
        if one.platform != "p" or not start <= one.at < end or not indicator.events.matches(one):
            continue
        count = found.setdefault(planned(one), Slice())
        if one.outcome is Outcome.INVALID:
            count.invalid += one.events
            continue
        count.saw(to_us(one.at), to_us(one.at))
        good = indicator.good.good_events(one)
        count.good += good
        if good < one.events:
            message = f"{one.name}: {one.message}" if one.message else ""
            count.blame(one.cause, to_us(one.at), message, one.events - good)
    return {experiment: summary(count) for experiment, count in found.items()}


def summary(count: Slice) -> tuple[object, ...]:
    times = (count.first_us, count.last_us)
    latest = {cause: at_us for cause, (at_us, _) in count.examples.items()}
    return (count.good, count.bad, count.invalid, times, dict(count.causes), latest)


def counted(
    store: Store, indicator: ObservedRatio, start: datetime, end: datetime, step_s: int = 86_400
) -> WindowCount:
    rollup = next(one for one in rollups(store) if one.indicator == fingerprint(indicator))
    counter = WindowCounter(store, rollup, indicator)
    return counter.count((to_us(start), to_us(end)), step_s=step_s)


def summaries(count: WindowCount) -> dict[str, tuple[object, ...]]:
    return {experiment: summary(one) for experiment, one in count.totals.items()}


@given(
    st.lists(st.lists(observations, max_size=25), max_size=3),
    indicators,
    st.tuples(moments, moments).map(sorted),
    st.integers(1, 40),
)
@settings(deadline=None, max_examples=80)
def test_a_rolled_up_window_counts_what_the_observations_say(
    tmp_path_factory: pytest.TempPathFactory,
    batches: list[list[Observation]],
    indicator: ObservedRatio,
    window: list[datetime],
    batch: int,
) -> None:
    """Late ones, duplicates and ones out of order are folded as they come, some not yet at all."""
    start, end = window
    seen: list[Observation] = []
    with (
        open_store(tmp_path_factory.mktemp("s")) as store,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(rollup_fold, "BATCH", batch)
        fold(store, "p", [indicator])
        for number, some in enumerate(batches):
            store.record_many(some)
            seen += some
            if number != 1:
                fold(store, "p", [indicator])
        store.record_many(seen[:3])
        want = expected([*seen, *seen[:3]], indicator, start, end)
        for step_s in (60, 7_200, 86_400):
            count = counted(store, indicator, start, end, step_s)
            assert summaries(count) == want
            assert sum(valid for _, valid in count.steps.values()) == sum(
                one.valid for one in count.totals.values()
            )


@given(indicators)
def test_a_fingerprint_stands_for_one_indicator(indicator: ObservedRatio) -> None:
    text = fingerprint(indicator)
    assert parse_fingerprint(text) == indicator
    assert fingerprint(parse_fingerprint(text)) == text


def test_a_fingerprint_tells_nothing_but_what_differs_from_the_defaults() -> None:
    assert fingerprint(PROBES) == '{"events":{"kinds":["probe"]},"good":{"max_duration_s":0.5}}'


def probe(at: datetime, duration_s: float = 0.1, outcome: Outcome = Outcome.GOOD) -> Observation:
    return Observation(
        at=at,
        platform="p",
        kind=Kind.PROBE,
        name="health",
        location="local",
        run_id="r",
        outcome=outcome,
        duration_s=duration_s,
    )


def total(store: Store, start: datetime, end: datetime) -> Slice:
    return counted(store, PROBES, start, end).totals.get("", Slice())


def test_a_changed_objective_is_counted_anew_and_tells_its_progress(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup_fold, "BATCH", 4)
    stricter = replace(PROBES, good=Goodness(max_duration_s=0.05))
    told: list[tuple[int, int]] = []
    with open_store(tmp_path) as store:
        store.record_many(probe(NOW + timedelta(seconds=s)) for s in range(10))
        fold(store, "p", [PROBES])
        fold(store, "p", [PROBES, stricter], progress=lambda *at: told.append(at))
        assert told == [(4, 10), (8, 10), (10, 10)]
        count = counted(store, stricter, NOW, NOW + timedelta(minutes=1))
        assert (count.totals[""].good, count.totals[""].bad) == (0, 10)
        assert total(store, NOW, NOW + timedelta(minutes=1)).good == 10


def test_what_was_pruned_stays_counted(tmp_path: Path) -> None:
    old = NOW - timedelta(days=40)
    with open_store(tmp_path) as store:
        fold(store, "p", [PROBES])  # from now on the roll-up is known
        store.record_many(probe(old + timedelta(seconds=s)) for s in range(100))
        store.record(probe(NOW))
        assert prune(store, NOW - timedelta(days=30), NOW - timedelta(days=400)) == 100
        assert len(list(store.observations())) == 1
        assert total(store, old, NOW + timedelta(minutes=1)).good == 101
        store.record(probe(old))  # a late one
        fold(store, "p", [PROBES])
        assert total(store, old, NOW + timedelta(minutes=1)).good == 102


def test_ids_that_are_given_again_after_pruning_are_not_taken_for_folded(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        for _ in range(3):
            store.record_many(probe(NOW - timedelta(days=9)) for _ in range(5))
            fold(store, "p", [PROBES])
            prune(store, NOW, NOW - timedelta(days=400))
            assert store.select("count(*)") == [(0,)]
        assert total(store, NOW - timedelta(days=10), NOW).good == 15


def test_observations_that_no_roll_up_has_counted_are_not_pruned(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        store.record(probe(NOW - timedelta(days=9)))
        fold(store, "p", [PROBES])
        store.record(probe(NOW - timedelta(days=8)))
        assert store.prune(NOW) == 1
        fold(store, "p", [PROBES])
        assert store.prune(NOW) == 1
        assert total(store, NOW - timedelta(days=10), NOW).good == 2


def test_a_window_is_widened_to_whole_minutes_only_where_observations_are_gone(
    tmp_path: Path,
) -> None:
    old, half = NOW - timedelta(days=2), timedelta(seconds=30)
    with open_store(tmp_path) as store:
        for day in (old, NOW):
            store.record_many(probe(day + timedelta(seconds=s)) for s in range(120))
        fold(store, "p", [PROBES])
        exact = counted(store, PROBES, old + half, NOW + half)
        assert (exact.start_us, exact.end_us) == (to_us(old + half), to_us(NOW + half))
        assert exact.totals[""].good == 90 + 30
        prune(store, NOW - timedelta(days=1), NOW - timedelta(days=400))
        widened = counted(store, PROBES, old + half, NOW + half)
        assert (widened.start_us, widened.end_us) == (to_us(old), to_us(NOW + half))
        assert widened.totals[""].good == 120 + 30
        both = counted(store, PROBES, old + half, old + timedelta(seconds=90))
        assert (both.start_us, both.end_us) == (to_us(old), to_us(old + timedelta(minutes=2)))
        assert both.totals[""].good == 120


def test_old_slices_go_too_and_with_them_roll_ups_that_no_objective_asks_for(
    tmp_path: Path,
) -> None:
    old = NOW - timedelta(days=500)
    later = datetime.now(UTC) + timedelta(days=500)
    with open_store(tmp_path) as store:
        store.record(probe(old), probe(NOW))
        fold(store, "p", [PROBES])
        prune(store, NOW, NOW - timedelta(days=400))
        assert total(store, old - timedelta(days=1), NOW + timedelta(minutes=1)).good == 1
        prune(store, later, later)
        assert rollups(store) == ()
        for table in ("slice", "slice_histogram", "slice_cause"):
            assert store.query(f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_spread_of_values_is_that_of_all_levels_and_of_the_edges(tmp_path: Path) -> None:
    start = NOW - timedelta(hours=30)
    with open_store(tmp_path) as store:
        seconds = range(0, 30 * 3600, 7)
        store.record_many(
            probe(start + timedelta(seconds=s), duration_s=(s % 1000 + 1) / 1000) for s in seconds
        )
        fold(store, "p", [PROBES])
        values = total(store, start + timedelta(seconds=10), NOW - timedelta(seconds=10)).values
    assert values.count == len([s for s in seconds if 10 <= s < 30 * 3600 - 10])
    for share in (0.5, 0.95, 0.99):
        assert values.quantile(share) == pytest.approx(share, rel=0.02)


_FOLDER = """
import sys
from pathlib import Path
from seakeep.observation import Kind
from seakeep.slo import rollup_fold
from seakeep.slo.objective import Goodness, ObservedRatio, Selector
from seakeep.store import open_store

rollup_fold.BATCH = 50
probes = ObservedRatio(events=Selector(kinds=(Kind.PROBE,)), good=Goodness(max_duration_s=0.5))
with open_store(Path(sys.argv[1])) as store:
    rollup_fold.fold(store, "p", [probes], progress=lambda *at: print(*at, flush=True))
"""


def folder(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _FOLDER, str(home)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_folded_by_several_processes_of_which_one_is_killed_each_counts_once(
    tmp_path: Path,
) -> None:
    with open_store(tmp_path) as store:
        store.record_many(probe(NOW + timedelta(seconds=s % 7200)) for s in range(20_000))
        fold(store, "q", [PROBES])  # another platform's: nothing of it is counted here
        first = folder(tmp_path)
        assert first.stdout is not None
        first.stdout.readline()
        first.send_signal(signal.SIGSTOP)  # else, on a quick machine, the others leave it nothing
        folders = [first, folder(tmp_path), folder(tmp_path)]
        first.send_signal(signal.SIGKILL)
        store.record_many(probe(NOW) for _ in range(500))  # others write meanwhile
        for process in folders:
            _, errors = process.communicate(timeout=60)
            assert process.returncode == (-9 if process is folders[0] else 0), errors
        fold_all(store)
        rollup = next(one for one in rollups(store) if one.platform == "p")
        both = to_us(NOW), to_us(NOW + timedelta(hours=2))
        assert WindowCounter(store, rollup, PROBES).count(both).totals[""].good == 20_500
        for level_s in (60, 3_600, 86_400):
            sums = "SELECT sum(good) FROM slice WHERE level_s = ? AND rollup_id = ?"
            assert store.query(sums, (level_s, rollup.id)) == [(20_500,)]


def test_a_window_read_while_others_write_and_fold_is_that_of_one_moment(tmp_path: Path) -> None:
    """Every batch holds as many good as bad events: so must whatever is read."""
    batches, done = 60, threading.Event()

    def write() -> None:
        with open_store(tmp_path) as mine:
            for _ in range(batches):
                mine.record(probe(NOW), probe(NOW, outcome=Outcome.BAD))
                fold(mine, "p", [PROBES])
        done.set()

    with open_store(tmp_path) as store:
        fold(store, "p", [PROBES])
        writer = threading.Thread(target=write)
        writer.start()
        while not done.is_set():
            seen = total(store, NOW - timedelta(seconds=30), NOW + timedelta(minutes=1))
            assert seen.good == seen.bad
        writer.join()
        assert total(store, NOW, NOW + timedelta(minutes=1)).good == batches


def test_a_roll_up_that_a_newer_seakeep_made_is_not_folded_by_guess(tmp_path: Path) -> None:
    text = fingerprint(PROBES).replace('"kinds"', '"colour":"red","kinds"')
    with open_store(tmp_path) as store:
        store.record(probe(NOW))
        with store.transaction() as connection:
            connection.execute(
                "INSERT INTO rollup (platform, indicator, asked_us) VALUES ('p', ?, 0)", (text,)
            )
        with pytest.raises(StoreError, match="newer Seakeep"):
            prune(store, NOW + timedelta(days=1), NOW)
        assert store.select("count(*)") == [(1,)]


def test_a_store_from_before_there_were_roll_ups_is_folded_whole(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store_schema, "_STEPS", store_schema._STEPS[:1])
        patch.setattr(store_schema, "VERSION", 1)
        with open_store(tmp_path) as store:
            record_as_of_old(store, [probe(NOW + timedelta(seconds=s)) for s in range(90)])
    with open_store(tmp_path) as store:
        fold(store, "p", [PROBES])
        assert total(store, NOW, NOW + timedelta(minutes=1)).good == 60


def record_as_of_old(store: Store, seen: list[Observation]) -> None:
    """Write what the first version of the schema has columns for."""
    columns = COLUMNS.split(", ")[:16]
    insert = f"INSERT INTO observation ({', '.join(columns)}) VALUES ({', '.join('?' * 16)})"
    with store.transaction() as connection:
        connection.executemany(insert, [to_row(one)[:16] for one in seen])
