"""What a load run leaves in the store."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from seakeep.observation import Outcome
from tests.load.conftest import ROOT, Act, Ended, Harness, Runs, events, eventually, requests
from tests.load.site import Site

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

FAILED = {
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


def browse(harness: Harness, site: Site) -> Ended:
    harness.locustfile.write_text((ROOT / "load" / "browse.py").read_text())
    return harness.run()


def failing(harness: Harness, site: Site) -> Ended:
    harness.visit(SCENARIO_OF_FAILURES)
    return harness.run("--run-time", "1", "--rate", "8")


def odd(harness: Harness, site: Site) -> Ended:
    harness.visit(ODD_EVENTS)
    return harness.run("--run-time", "1", "--rate", "5")


def unwritable(harness: Harness, site: Site) -> Ended:
    harness.visit(UNWRITABLE)
    return harness.run("--run-time", "20")


def unopened(harness: Harness, site: Site) -> Ended:
    harness.home.write_text("not a folder")
    ended = harness.run("--run-time", "1")
    harness.home.unlink()
    return ended


def failing_halfway(harness: Harness, site: Site) -> Ended:
    process = harness.start("--headless", "--run-time", "30")
    eventually(
        lambda: bool(harness.home.exists() and events(harness.recorded())), "a request recorded"
    )
    with sqlite3.connect(harness.home / "seakeep.db") as connection:
        connection.execute("ALTER TABLE observation RENAME TO kept")
    ended = harness.end(process)
    with connection:
        connection.execute("DROP TABLE IF EXISTS observation")
        connection.execute("ALTER TABLE kept RENAME TO observation")
    connection.close()
    return ended


def killed(harness: Harness, site: Site) -> Ended:
    process = harness.start("--headless", "--run-time", "30")
    eventually(lambda: site.total >= 120, "three seconds served")
    process.kill()
    return harness.end(process)


@pytest.fixture(scope="module")
def runs(side_by_side: Callable[[Mapping[str, Act]], Runs]) -> Runs:
    return side_by_side(
        {
            "killed": killed,
            "failing-halfway": failing_halfway,
            "failing": failing,
            "browse": browse,
            "odd": odd,
            "unwritable": unwritable,
            "unopened": unopened,
        }
    )


def test_a_run_leaves_batches_that_stand_for_each_request_served(runs: Runs) -> None:
    run = runs["browse"]
    assert run.passed, run.ended.output
    assert events(run.recorded) == {f"GET {path}": n for path, n in run.site.served.items()}
    assert run.site.total == 80  # 40/s for 2 s, as the platform says
    recorded = requests(run.recorded)
    assert {o.platform for o in recorded} == {"harbour"}
    assert {(o.outcome, o.cause) for o in recorded} == {(Outcome.GOOD, "")} or not run.was_fit
    assert {(o.attributes["scenario"], o.attributes["status"]) for o in recorded} == {
        ("browse", 200)
    }
    assert len(recorded) < 80 / 2, "not one for each request"
    for one in recorded:
        assert one.batch is not None
        assert 0 < one.batch.shortest_s <= one.duration_s < 1
        assert one.batch.durations.count == one.batch.service.count == one.events


def test_a_run_tells_each_second_of_its_arrivals(runs: Runs) -> None:
    run = runs["browse"]
    arrivals = run.summary.arrivals
    assert (arrivals.due, arrivals.started, arrivals.missed) == (80, 80, 0)
    assert 2 <= run.summary.generator.seconds <= 4
    assert run.summary.generator.processes == 1


def test_each_request_says_where_it_comes_from(runs: Runs) -> None:
    run = runs["browse"]
    headers = run.site.headers
    assert {h["X-Seakeep-Run"] for h in headers} == {o.run_id for o in run.recorded}
    assert all(h["User-Agent"].startswith("seakeep/") for h in headers)
    assert len({h["traceparent"] for h in headers}) == run.site.total


def test_each_failure_is_recorded_once_with_its_cause(runs: Runs) -> None:
    recorded, site = requests(runs["failing"].recorded), runs["failing"].site
    assert {(o.name, o.outcome, o.cause) for o in recorded if o.cause != "generator-saturated"} == {
        (name, *what) for name, what in FAILED.items()
    }
    names = events(recorded)
    for path in ("/reset", "/hang-up", "/slow", "/away"):
        assert names[f"GET {path}"] == site.served[path] == 8
    assert {o.message for o in recorded if o.cause == "assertion"} == {"no course"}
    traces = {str(h["traceparent"]).split("-")[1] for h in site.headers}
    found = {str(o.attributes["trace_id"]) for o in recorded if o.cause in {"reset", "status"}}
    assert found
    assert found <= traces


def test_a_killed_run_keeps_all_but_its_last_second(runs: Runs) -> None:
    run = runs["killed"]
    assert run.ended.exit_code == -signal.SIGKILL
    kept = events(run.recorded).total()
    # told once a second, written once a second, and a commit waits for the disk
    assert run.site.total - 2.5 * 40 <= kept <= run.site.total


def test_events_of_a_clients_own_lose_no_request(runs: Runs) -> None:
    found = {o.name: o for o in runs["odd"].recorded}
    assert set(found) >= {"X none", "X text", "X past", "X long"}, runs["odd"].ended.output
    assert set(events(runs["odd"].recorded).values()) == {5}
    assert found["X past"].duration_s == pytest.approx(0.005)
    assert (datetime.now(UTC) - found["X past"].at).total_seconds() < 60
    assert 2 <= found["X long"].duration_s < 2.5


def test_a_store_that_fails_halfway_ends_the_run_and_keeps_what_it_had(runs: Runs) -> None:
    run = runs["failing-halfway"]
    assert run.ended.exit_code == 2
    assert run.ended.output.count("can't write to the store") == 1
    assert "Traceback" not in run.ended.output
    assert 0 < events(run.recorded).total() <= run.site.total < 20 * 40


def test_whatever_keeps_requests_from_being_recorded_is_told_once(runs: Runs) -> None:
    run = runs["unwritable"]
    assert run.ended.exit_code == 2, run.ended.output
    assert run.site.total < 10 * 40, "of the 20 s that it was to take"
    assert run.ended.output.count("can't record") == 1
    assert "Traceback" not in run.ended.output


def test_a_store_that_cannot_be_opened_is_told_before_any_request(runs: Runs) -> None:
    run = runs["unopened"]
    assert run.ended.exit_code == 2
    assert "can't open the store" in run.ended.output
    assert "Traceback" not in run.ended.output
    assert run.site.total == 0


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
