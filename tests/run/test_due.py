"""`seakeep chaos due` runs what is due, in a fair order, one at a time, and tells of the rest."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from seakeep.chaos.alone import alone
from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.kubernetes.connection import Place
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.undo import DeleteObject
from seakeep.errors import FaultError, UsageError
from seakeep.experiment_result import Cause, ExperimentResult, Status, detail_of
from seakeep.observation import Observation
from seakeep.platform_file import load_platform
from seakeep.run.due import DueRun, worst
from seakeep.run.due_lines import DueLines
from seakeep.run.due_lock import due_lock
from seakeep.run.obstacle import Obstacle, find_obstacle
from seakeep.run.project import find_project
from seakeep.run.timetable import timetable, timetable_table
from seakeep.store import Store, open_store

NOW = datetime(2026, 6, 15, 12, 30, tzinfo=UTC)  # a Monday
HEAD = """name: demo
environment: staging
base_url: http://127.0.0.1:9
checks: [{name: home, suite: home, path: /, expect: {status: 200}}]
experiments:
"""
FOUR = """
  - {name: hourly, schedule: {every: 1h}, settings: {SEAKEEP_LATENCY_MS: 200}}
  - {name: daily, schedule: {every: 1d}}
  - {name: nightly, schedule: {every: 1h, hours: "22:00-05:00"}}
  - {name: by-hand}
"""


@dataclass
class Scene:
    """A platform, its store, a clock that is set by hand, and experiments that end as told.

    Attributes:
        took: How long each experiment takes.
        ends: How each ends; held by default.
        guards: Whether the runs leave a record, as those under a guard do.
        calls: What was run, each with its environment.
    """

    folder: Path
    store: Store
    now: datetime = NOW
    took: timedelta = timedelta(minutes=2)
    ends: dict[str, ExperimentResult | BaseException] = field(default_factory=dict)
    guards: bool = True
    calls: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)
    obstacles: list[Obstacle | None] = field(default_factory=list)
    said: io.StringIO = field(default_factory=io.StringIO)

    def write(self, experiments: str) -> None:
        platform = self.folder / "platforms" / "demo"
        platform.mkdir(parents=True, exist_ok=True)
        (platform / "platform.yaml").write_text(HEAD + experiments)

    def run(
        self, file: Path, *, env: Mapping[str, str], journal: Path, timeout_s: float
    ) -> ExperimentResult:
        assert timeout_s > 600
        assert journal == self.folder / "out" / "journals" / f"{file.stem}.json"
        began, self.now = self.now, self.now + self.took
        self.calls.append((file.stem, env))
        end = self.ends.get(file.stem, ended(file.stem))
        if isinstance(end, BaseException):
            raise end
        if self.guards:
            self.store.record(observed(end, began, env["SEAKEEP_RUN_ID"]))
        return end

    def obstacle(self) -> Obstacle | None:
        return self.obstacles.pop(0) if self.obstacles else None

    def due(self) -> int:
        platform = self.folder / "platforms" / "demo"
        console = Console(file=self.said, width=100, highlight=False)
        with due_lock(self.store.file.parent) as lock:
            return DueRun(
                project=find_project(str(platform)),
                platform=load_platform(str(platform)),
                store=self.store,
                run_id=f"r-{self.now:%H%M}",
                folder=self.folder / "out",
                lines=DueLines(console),
                run=self.run,
                obstacle=self.obstacle,
                clock=lambda: self.now,
            ).run_due(lock)

    def ran(self) -> list[str]:
        """Return what was run since the last look."""
        names = [name for name, _ in self.calls]
        self.calls.clear()
        return names

    def records(self, status: Status) -> dict[str, str]:
        """Return the message of each record with a status, by experiment."""
        results = [result for o in self.store.observations() if (result := detail_of(o))]
        return {one.experiment: one.message for one in results if one.status is status}


def ended(
    name: str, status: Status = Status.HELD, cause: Cause = Cause.NONE, message: str = ""
) -> ExperimentResult:
    return ExperimentResult(experiment=name, status=status, cause=cause, message=message)


def observed(result: ExperimentResult, at: datetime, run_id: str = "by-hand") -> Observation:
    return result.observation("demo", at=at, location="local", run_id=run_id)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    (tmp_path / "probes").mkdir()
    with open_store(tmp_path / "home") as store:
        made = Scene(tmp_path, store)
        made.write(FOUR)
        yield made


def test_what_is_due_runs_once_in_its_slot_the_longest_overdue_first(scene: Scene) -> None:
    assert scene.due() == 0
    assert scene.ran() == ["daily", "hourly"]
    assert scene.due() == 0
    assert scene.ran() == []
    assert scene.said.getvalue().endswith("nothing is due; next is hourly, 2026-06-15 13:00 UTC\n")
    scene.now = NOW.replace(hour=13, minute=1)
    assert scene.due() == 0
    assert scene.ran() == ["hourly"]
    assert scene.records(Status.SKIPPED) == {}


def test_slots_that_passed_while_nothing_ran_are_not_made_up_for(scene: Scene) -> None:
    scene.store.record(observed(ended("hourly"), NOW - timedelta(days=9)))
    scene.due()
    scene.due()
    assert scene.ran() == ["daily", "hourly"]


def test_a_run_by_hand_counts_and_one_that_was_skipped_does_not(scene: Scene) -> None:
    scene.store.record(observed(ended("hourly", Status.SKIPPED), NOW - timedelta(minutes=5)))
    scene.store.record(observed(ended("daily", Status.REFUSED), NOW - timedelta(hours=5)))
    scene.due()
    assert scene.ran() == ["hourly"]


def test_of_those_that_fell_due_together_the_one_comes_first_that_rested_longest(
    scene: Scene,
) -> None:
    names = ("a", "b", "c", "d")
    scene.write("".join(f"  - {{name: {name}, schedule: {{every: 12h}}}}\n" for name in names))
    for name, days in (("a", 2), ("b", 3), ("d", 4)):
        scene.store.record(observed(ended(name), NOW - timedelta(days=days)))
    scene.due()
    assert scene.ran() == ["c", "d", "b", "a"]


def test_nothing_starts_outside_its_hours_and_that_is_no_skip(scene: Scene) -> None:
    scene.write('  - {name: late, schedule: {every: 6h, hours: "11:00-12:20"}}\n')
    assert scene.due() == 0  # its slot began at 12:00, but it is 12:30
    scene.now = NOW.replace(minute=10)
    assert scene.ran() == []
    assert scene.records(Status.SKIPPED) == {}
    scene.due()
    assert scene.ran() == ["late"]


def test_hours_that_end_while_others_run_are_told(scene: Scene) -> None:
    scene.write(
        "  - {name: long, schedule: {every: 1d}}\n"
        '  - {name: short, schedule: {every: 1h, hours: "12:00-12:31"}}\n'
    )
    assert scene.due() == 0
    assert scene.ran() == ["long"]
    told = "its days and hours were over when its turn came"
    assert scene.records(Status.SKIPPED) == {"short": told}


def test_one_that_ran_meanwhile_is_left_out(scene: Scene) -> None:
    class Busy(Scene):
        def obstacle(self) -> None:
            if not self.calls:
                self.store.record(observed(ended("hourly"), NOW + timedelta(seconds=5)))

    busy = Busy(scene.folder, scene.store)
    assert busy.due() == 0
    assert busy.ran() == ["daily"]
    assert "ran meanwhile, held, 2026-06-15 12:30 UTC" in busy.said.getvalue()


def test_an_experiment_gets_its_settings_and_the_run_and_what_is_set_already_wins(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SEAKEEP_LATENCY_MS", raising=False)
    scene.due()
    ((_, daily), (_, hourly)) = scene.calls
    assert hourly["SEAKEEP_LATENCY_MS"] == "200"
    assert "SEAKEEP_LATENCY_MS" not in daily
    assert hourly["SEAKEEP_RUN_ID"] == daily["SEAKEEP_RUN_ID"] == "r-1230"
    assert hourly["SEAKEEP_HOME"] == str(scene.folder / "home")
    assert hourly["SEAKEEP_PLATFORM"] == str(scene.folder / "platforms" / "demo")
    monkeypatch.setenv("SEAKEEP_LATENCY_MS", "50")
    scene.now += timedelta(hours=1)
    scene.due()
    assert "SEAKEEP_LATENCY_MS" not in scene.calls[-1][1]


def test_a_run_that_left_no_record_gets_one(scene: Scene) -> None:
    scene.guards = False
    why = "environment production"
    scene.ends = {"daily": ended("daily", Status.REFUSED, Cause.REFUSED, why)}
    assert scene.due() == 3
    assert scene.records(Status.REFUSED) == {"daily": why}
    assert scene.records(Status.HELD) == {"hourly": ""}
    assert scene.due() == 0  # it was tried in this slot


def test_a_run_under_its_guard_is_recorded_once(scene: Scene) -> None:
    scene.due()
    assert [o.name for o in scene.store.observations()] == ["daily", "hourly"]


@pytest.mark.parametrize(
    "end",
    [
        ended("daily", Status.FAILED, Cause.NOT_RECOVERED, "still there"),
        ended("daily", Status.FAILED, Cause.INTERRUPTED, "late"),
        FaultError("no chaos command"),
        OSError("disk full"),
    ],
)
def test_after_a_failure_nothing_more_is_broken(
    scene: Scene, end: ExperimentResult | Exception
) -> None:
    scene.ends = {"daily": end}
    assert scene.due() == 4
    assert scene.ran() == ["daily"]
    assert scene.records(Status.SKIPPED) == {"hourly": "daily failed before its turn came"}


def test_what_an_experiment_left_stops_the_rest_even_if_it_held(scene: Scene) -> None:
    scene.obstacles = [None, Obstacle("daily left a delay", is_fault=True)]
    assert scene.due() == 4
    assert scene.ran() == ["daily"]
    assert scene.records(Status.SKIPPED) == {"hourly": "daily left a delay"}


def test_what_the_last_one_left_is_told_too(scene: Scene) -> None:
    scene.obstacles = [None, None, Obstacle("hourly left a delay", is_fault=True)]
    assert scene.due() == 4
    assert scene.said.getvalue().endswith("hourly left a delay\n")


def test_another_experiment_that_is_under_way_is_waited_for_until_the_next_call(
    scene: Scene,
) -> None:
    scene.obstacles = [Obstacle("pod-failure is under way", is_fault=False)]
    assert scene.due() == 0
    assert scene.ran() == []
    assert set(scene.records(Status.SKIPPED)) == {"daily", "hourly"}
    assert scene.due() == 0
    assert scene.ran() == ["daily", "hourly"]


def test_an_interrupt_goes_on_and_the_rest_is_recorded_as_skipped(scene: Scene) -> None:
    scene.ends = {"daily": KeyboardInterrupt()}
    with pytest.raises(KeyboardInterrupt):
        scene.due()
    assert scene.records(Status.SKIPPED) == {"hourly": "interrupted during daily"}


def test_a_second_call_leaves_all_to_the_first_that_this_has_in_hand(scene: Scene) -> None:
    with due_lock(scene.folder / "home") as first:
        assert first.held
        first.note("demo", ["daily"])
        assert scene.due() == 0
    assert scene.ran() == []
    why = "another `seakeep chaos due` is under way"
    assert scene.records(Status.SKIPPED) == {"hourly": why}
    assert scene.due() == 0
    assert scene.ran() == ["daily", "hourly"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"platform": "demo"}', '{"platform": "other"}'])
def test_what_a_holder_wrote_may_be_anything(tmp_path: Path, text: str) -> None:
    with due_lock(tmp_path) as first:
        assert first.held
        (tmp_path / "chaos-due.lock").write_text(text)
        with due_lock(tmp_path) as second:
            assert not second.held
            assert second.in_hand("demo") == frozenset()


def test_a_platform_without_any_schedule_is_a_mistake_and_not_a_pass(scene: Scene) -> None:
    scene.write("  - {name: by-hand}\n")
    with pytest.raises(UsageError, match="no experiment with a schedule"):
        scene.due()


@pytest.mark.parametrize(
    ("codes", "loudest"),
    [([], 0), ([0, 3], 3), ([3, 2], 2), ([0, 2, 1, 3], 1), ([1, 4, 3], 4)],
)
def test_the_exit_code_is_the_loudest(codes: list[int], loudest: int) -> None:
    assert worst(codes) == loudest


def test_another_experiment_and_what_one_left_are_obstacles(tmp_path: Path) -> None:
    assert find_obstacle(tmp_path) is None
    with alone(tmp_path, "pod-failure"):
        found = find_obstacle(tmp_path)
        assert found is not None
        assert (found.is_fault, "pod-failure" in found.reason) == (False, True)
    ledger = Ledger(tmp_path)
    undo = DeleteObject("networkchaos", "demo", "x")
    entry = ledger.open(Origin("network-latency", "r1"), "a delay", undo, Place(""))
    found = find_obstacle(tmp_path)
    assert found is not None
    assert found.is_fault
    assert "network-latency left a delay; run `seakeep recover`" in found.reason
    ledger.file_of(entry).write_text("torn")
    found = find_obstacle(tmp_path)
    assert found is not None
    assert found.is_fault


def test_the_table_says_all_within_a_hundred_columns(scene: Scene) -> None:
    scene.write(
        f"  - {{name: {'long-' * 8}name, schedule: {{every: 4h, offset: 20m, days: [mon, tue, wed,"
        " thu, sun], hours: '22:00-05:00', timezone: America/Argentina/Buenos_Aires}}\n"
        "  - {name: hourly, schedule: {every: 1h, timezone: Europe/Berlin}}\n"
        "  - {name: by-hand}\n"
    )
    deviated = ended("by-hand", Status.DEVIATED)
    scene.store.record(observed(deviated, NOW - timedelta(days=1)))
    watched = load_platform(str(scene.folder / "platforms" / "demo"))
    console = Console(file=scene.said, width=100)
    console.print(timetable_table(timetable(watched, scene.store, NOW)))
    shown = scene.said.getvalue()
    assert max(map(len, shown.splitlines())) <= 100
    assert "deviated 2026-06-14 12:30 " in shown
    (hourly,) = [line for line in shown.splitlines() if line.startswith("hourly")]
    assert hourly.split(maxsplit=1)[1].split() == ["every", "1h,", "Europe/Berlin", "never", "now"]


def test_what_a_platform_answered_can_not_garble_the_log(scene: Scene) -> None:
    hostile = "\x1b[2J" + "no\nsteady state " * 30
    scene.ends = {"daily": ended("daily", Status.REFUSED, Cause.REFUSED, hostile)}
    scene.due()
    shown = scene.said.getvalue()
    assert "\x1b" not in shown
    assert max(map(len, shown.splitlines())) <= 100
