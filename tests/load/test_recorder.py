"""What a load run leaves in the store."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seakeep.observation import Kind, Observation, Outcome

if TYPE_CHECKING:
    from tests.load.conftest import Done, Harness, Site

DEADLINE_S = 20.0
Eventually = Callable[[Callable[[], bool], str], None]


def test_the_browse_scenario_leaves_one_observation_for_each_request_served(
    harness: Harness, site: Site, repository_browse: str
) -> None:
    harness.locustfile.write_text(repository_browse)
    ended = harness.run()
    recorded = harness.recorded()
    assert ended.exit_code == 0, ended.output
    assert Counter(o.name for o in recorded) == {
        f"GET {path}": count for path, count in site.served.items()
    }
    assert 70 <= len(recorded) <= 81  # 40/s for 2 s, as the platform says
    assert {(o.kind, o.platform, o.outcome, o.cause) for o in recorded} == {
        (Kind.LOAD, "harbour", Outcome.GOOD, "")
    }
    assert {tuple(o.attributes.items()) for o in recorded} == {
        (("scenario", "browse"), ("status", 200))
    }
    assert all(0 < o.duration_s < 1 for o in recorded)
    _check_headers(site, recorded)


def _check_headers(site: Site, recorded: list[Observation]) -> None:
    assert {h["X-Seakeep-Run"] for h in site.headers} == {o.run_id for o in recorded}
    assert all(h["User-Agent"].startswith("seakeep/") for h in site.headers)
    assert len({h["traceparent"] for h in site.headers}) == site.total


SCENARIO_OF_FAILURES = """for path in ("/fail", "/reset", "/hang-up", "/slow", "/away"):
            self.client.get(path)
        self.client.get("http://localhost:9/", name="/foreign")
        self.client.get("http://127.0.0.1:9/", name="/nobody")
        with self.client.get("/fail", name="/forgiven", catch_response=True) as response:
            response.success()
        with self.client.get("/", name="/empty", catch_response=True) as response:
            response.failure("no course")"""


ODD_EVENTS = """import time
        fire = self.environment.events.request.fire
        fire(request_type="X", name="none", response_time=None, response_length=0)
        fire(request_type="X", name="text", response_time="1", response_length=0, start_time="now")
        fire(request_type="X", name="past", response_time=5.0, response_length=0, start_time=12.5)
        fire(request_type="X", name="long", response_time=None, response_length=0,
             start_time=time.time() - 2)"""


UNWRITABLE = 'from seakeep.store import Store; Store.record_many = None; self.client.get("/")'


@pytest.fixture(scope="module")
def done(side_by_side: Callable[..., dict[str, Done]]) -> dict[str, Done]:
    def failing(harness: Harness) -> tuple[str, ...]:
        harness.visit(SCENARIO_OF_FAILURES)
        return ("--users", "2")

    def odd(harness: Harness) -> tuple[str, ...]:
        harness.visit(ODD_EVENTS)
        return ("--users", "1", "--rate", "5")

    def unwritable(harness: Harness) -> tuple[str, ...]:
        harness.visit(UNWRITABLE)
        return ("--run-time", "20")

    return side_by_side({"failing": failing, "odd": odd, "unwritable": unwritable})


def test_each_failure_is_recorded_once_with_its_cause(done: dict[str, Done]) -> None:
    recorded, site = done["failing"].recorded, done["failing"].site
    assert {o.name: (o.outcome, o.cause) for o in recorded} == {
        "GET /fail": (Outcome.BAD, "status"),
        "GET /reset": (Outcome.BAD, "reset"),
        "GET /hang-up": (Outcome.BAD, "reset"),
        "GET /slow": (Outcome.BAD, "timeout-read"),
        "GET /away": (Outcome.INVALID, "foreign-host"),
        "GET /foreign": (Outcome.INVALID, "foreign-host"),
        "GET /nobody": (Outcome.BAD, "refused"),
        "GET /forgiven": (Outcome.GOOD, ""),
        "GET /empty": (Outcome.BAD, "assertion"),
    }
    names = Counter(o.name for o in recorded)
    for path in ("/reset", "/hang-up", "/slow", "/away"):
        assert names[f"GET {path}"] == site.served[path]
    assert {o.message for o in recorded if o.name == "GET /empty"} == {"no course"}
    traces = {str(h["traceparent"]).split("-")[1] for h in site.headers}
    assert {o.attributes["trace_id"] for o in recorded if o.cause == "reset"} <= traces


def test_a_killed_run_keeps_what_was_written(
    harness: Harness, site: Site, eventually: Eventually
) -> None:
    process = harness.start("--headless", "--run-time", "30")
    eventually(lambda: bool(harness.home.exists() and harness.recorded()), "something recorded")
    before = len(harness.recorded())
    process.kill()
    ended = harness.end(process)
    assert ended.exit_code == -signal.SIGKILL
    assert before <= len(harness.recorded()) <= site.total


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_run_at_once_with_everything_recorded(
    harness: Harness, site: Site, eventually: Eventually, number: signal.Signals
) -> None:
    process = harness.start("--headless", "--run-time", "30")
    eventually(lambda: site.total > 30, "thirty requests served")
    process.send_signal(number)
    ended = harness.end(process)
    assert ended.seconds < 5
    assert ended.exit_code == 0, ended.output
    assert len(harness.recorded()) == site.total


def test_each_process_records_its_own_requests_and_the_master_judges_all(
    harness: Harness, site: Site, free_port: int
) -> None:
    port = str(free_port)
    ended = harness.run("--processes", "2", "--master-bind-port", port, "--master-port", port)
    recorded = harness.recorded()
    assert ended.exit_code == 0, ended.output
    assert len(recorded) == site.total
    assert 40 < site.total <= 88  # 40/s for 2 s, less the time that workers take to start
    assert len({o.run_id for o in recorded}) == 1
    assert f"browse: {site.total} requests" in ended.output
    assert "Traceback" not in ended.output


def test_requests_that_workers_recorded_elsewhere_are_no_verdict(
    harness: Harness, site: Site, free_port: int, tmp_path: Path
) -> None:
    port, elsewhere = str(free_port), tmp_path / "elsewhere"
    flags = ("--expect-workers", "1", "--master-bind-port", port, "--run-time", "1")
    master = harness.start("--headless", "--master", *flags)
    harness.environ["SEAKEEP_HOME"] = str(elsewhere)
    worker = harness.start("--worker", "--master-port", port)
    ended = harness.end(master)
    harness.end(worker)
    said = " ".join(ended.output.split())
    assert ended.exit_code == 2, ended.output
    assert site.total > 0
    assert f"holds 0 of the {site.total} requests that the workers of browse recorded" in said
    assert str(elsewhere) in said.replace(" ", "")
    assert "wanted one SEAKEEP_HOME" in said


def test_a_worker_that_is_lost_fails_the_run(
    harness: Harness, site: Site, free_port: int, eventually: Eventually
) -> None:
    port = str(free_port)
    flags = ("--expect-workers", "2", "--master-bind-port", port, "--run-time", "1")
    master = harness.start("--headless", "--master", *flags)
    workers = [harness.start("--worker", "--master-port", port) for _ in range(2)]
    eventually(lambda: site.total > 20, "twenty requests served")
    workers[0].kill()
    ended = harness.end(master)
    for worker in workers:
        harness.end(worker)
    assert ended.exit_code == 2, ended.output
    assert " ".join(ended.output.split()).count("was lost during the run") == 1
    assert "Traceback" not in ended.output


def test_events_of_a_clients_own_lose_no_request(done: dict[str, Done]) -> None:
    found = {o.name: o for o in done["odd"].recorded}
    assert set(found) >= {"X none", "X past", "X long"}, done["odd"].ended.output
    assert found["X past"].duration_s == pytest.approx(0.005)
    assert (datetime.now(UTC) - found["X past"].at).total_seconds() < 60
    assert 2 <= found["X long"].duration_s < 2.5


def test_workers_do_not_outlive_a_master_that_is_killed(
    harness: Harness, site: Site, free_port: int, eventually: Eventually
) -> None:
    port = str(free_port)
    flags = ("--processes", "2", "--master-bind-port", port, "--master-port", port)
    process = harness.start("--headless", "--run-time", "30", *flags)
    eventually(lambda: site.total > 20, "twenty requests served")
    process.kill()
    process.communicate(timeout=DEADLINE_S)  # returns once the workers have let go of the pipe
    assert len(harness.recorded()) == site.total


def test_a_store_that_fails_halfway_ends_the_run_and_keeps_what_it_had(
    harness: Harness, eventually: Eventually
) -> None:
    process = harness.start("--headless", "--run-time", "30")
    eventually(lambda: bool(harness.home.exists() and harness.recorded()), "something recorded")
    with sqlite3.connect(harness.home / "seakeep.db") as connection:
        connection.execute("ALTER TABLE observation RENAME TO kept")
    ended = harness.end(process)
    (kept,) = connection.execute("SELECT count(*) FROM kept").fetchone()
    connection.close()
    assert ended.exit_code == 2
    assert ended.output.count("can't write to the store") == 1
    assert "Traceback" not in ended.output
    assert kept > 0


def test_whatever_keeps_requests_from_being_recorded_is_told_once(done: dict[str, Done]) -> None:
    ended = done["unwritable"].ended
    assert ended.exit_code == 2, ended.output
    assert ended.seconds < 10  # of the 20 that it was to take
    assert ended.output.count("can't record") == 1
    assert "Traceback" not in ended.output


def test_a_store_that_cannot_be_opened_is_told_before_any_request(
    harness: Harness, site: Site
) -> None:
    harness.home.write_text("not a folder")
    ended = harness.run("--run-time", "1")
    assert ended.exit_code == 2
    assert "can't open the store" in ended.output
    assert "Traceback" not in ended.output
    assert site.total == 0


def test_importing_the_package_leaves_sockets_alone() -> None:
    code = "import sys, seakeep.load, seakeep.load.safety; print('gevent' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == "False"
