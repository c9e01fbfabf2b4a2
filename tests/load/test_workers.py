"""A real master with real workers: who makes which arrivals, and what the master knows of them."""

from __future__ import annotations

import json
import math
import re
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from seakeep.histogram import ACCURACY
from tests.load.conftest import (
    Act,
    Done,
    Ended,
    Harness,
    Runs,
    durations,
    events,
    eventually,
    requests,
)
from tests.load.site import Site

WHO = 'headers={"X-Worker": str(os.getpid())}'
HOME = f'self.client.get("/", {WHO})'

LOGGED = """
import json, os, random
from locust import events, task
from seakeep.load import scenario
from seakeep.load.user import PlatformUser

@events.request.add_listener
def write(name, response_time, start_time, context, response, exception, **_):
    line = [name, response.status_code, response_time / 1000, context["seakeep_late_s"]]
    with open(f"raw-{os.getpid()}.jsonl", "a") as file:
        file.write(json.dumps([*line, start_time, exception is not None]) + "\\n")

class Visitor(PlatformUser):
    wait_time = scenario.arrivals("browse")

    @task
    def visit(self):
        path = random.choice(["/", "/", "/", "/", "/", "/", "/", "/rare", "/rare", "/fail"])
        self.client.get(path, headers={"X-Worker": str(os.getpid())})
"""


@dataclass(frozen=True)
class Request:
    """A line of a worker's raw log."""

    name: str
    status: int
    duration_s: float
    late_s: float
    at: float
    is_bad: bool


def raw_logs(harness: Harness) -> list[list[Request]]:
    """Return what each worker wrote of each of its requests."""
    return [
        [Request(*json.loads(line)) for line in file.read_text().splitlines()]
        for file in sorted(harness.folder.glob("raw-*.jsonl"))
    ]


def by_worker(site: Site) -> Counter[str]:
    return Counter(headers.get("X-Worker", "") for headers in site.headers)


def share_out(harness: Harness, site: Site) -> Ended:
    """Two workers for the whole of a run; they have no store of their own."""
    harness.schedule(rate=60, duration="2s", users=20)
    harness.locustfile.write_text(LOGGED)
    master = harness.start_master(2)
    harness.environ["SEAKEEP_HOME"] = str(harness.folder / "elsewhere")
    workers = [harness.start_worker() for _ in range(2)]
    ended = harness.end(master)
    assert [harness.end(worker).exit_code for worker in workers] == [0, 0]
    return ended


def family(harness: Harness, site: Site) -> Ended:
    return harness.end(harness.start_family())


def join_and_leave(harness: Harness, site: Site) -> Ended:
    """A third worker joins two others; then one of these is asked to go."""
    harness.schedule(rate=60, duration="8s", users=30)
    harness.visit(HOME)
    master = harness.start_master(2)
    one, other = harness.start_worker(), harness.start_worker()
    eventually(lambda: len(by_worker(site)) == 2, "two workers make load")
    third = harness.start_worker()
    eventually(lambda: len(by_worker(site)) == 3, "three workers make load")
    one.terminate()
    left = harness.end(one)
    ended = harness.end(master)
    assert left.exit_code == 0, left.output
    assert [harness.end(worker).exit_code for worker in (other, third)] == [0, 0]
    assert by_worker(site)[str(one.pid)] < by_worker(site)[str(other.pid)], "one has left"
    return ended


def leave_together(harness: Harness, site: Site) -> Ended:
    """Two of three workers are children of one process, which is asked to go."""
    harness.schedule(rate=40, duration="6s", users=30)
    harness.visit(HOME)
    master = harness.start_master(3)
    pair, third = harness.start_worker("--processes", "2"), harness.start_worker()
    eventually(lambda: len(by_worker(site)) == 3, "three workers make load")
    pair.terminate()
    harness.end(pair)
    ended = harness.end(master)
    assert harness.end(third).exit_code == 0
    return ended


def lose_one(harness: Harness, site: Site) -> Ended:
    """One of two workers is killed."""
    harness.schedule(rate=40, duration="8s", users=30)
    harness.visit(HOME)
    master = harness.start_master(2)
    workers = [harness.start_worker() for _ in range(2)]
    eventually(lambda: min(by_worker(site).values(), default=0) > 20, "both make load")
    workers[0].kill()
    harness.end(workers[0])
    ended = harness.end(master)
    assert harness.end(workers[1]).exit_code == 0
    return ended


def lose_all(harness: Harness, site: Site) -> Ended:
    """The only worker is killed."""
    harness.schedule(rate=40, duration="40s")
    master = harness.start_master(1)
    worker = harness.start_worker()
    eventually(lambda: site.total > 80, "two seconds served")
    worker.kill()
    harness.end(worker)
    return harness.end(master)


def send_all_away(harness: Harness, site: Site) -> Ended:
    """The only worker is asked to go."""
    harness.schedule(rate=40, duration="40s")
    master = harness.start_master(1)
    worker = harness.start_worker()
    eventually(lambda: site.total > 80, "two seconds served")
    worker.send_signal(signal.SIGINT)
    assert harness.end(worker).exit_code == 0
    return harness.end(master)


@pytest.fixture(scope="module")
def runs(side_by_side: Callable[[Mapping[str, Act]], Runs]) -> Runs:
    return side_by_side(
        {
            "joined-and-left": join_and_leave,
            "lost": lose_one,
            "shared": share_out,
            "family": family,
            "all-lost": lose_all,
            "all-gone": send_all_away,
            "left-together": leave_together,
        }
    )


def test_two_workers_share_the_arrivals_evenly_and_make_each_of_them_once(runs: Runs) -> None:
    run = runs["shared"]
    assert run.passed, run.ended.output
    assert sorted(by_worker(run.site).values()) == [60, 60]
    assert run.summary.arrivals.due == run.summary.arrivals.started == 120
    assert run.summary.generator.processes == 2


def test_what_the_workers_saw_is_merged_without_loss(runs: Runs) -> None:
    run = runs["shared"]
    logged = [request for log in raw_logs(run.harness) for request in log]
    assert len(logged) == run.site.total == 120
    assert _counted(run) == Counter((r.name, r.status, r.is_bad) for r in logged)
    _check_quantiles(run, [r.duration_s for r in logged], service=False)
    _check_quantiles(run, [r.duration_s - r.late_s for r in logged], service=True)


def _counted(run: Done) -> Counter[tuple[str, int, bool]]:
    counted: Counter[tuple[str, int, bool]] = Counter()
    for one in requests(run.recorded):
        status = int(one.attributes["status"])
        counted[one.name.removeprefix("GET "), status, status >= 400] += one.events
    return counted


def _check_quantiles(run: Done, values: Iterable[float], *, service: bool) -> None:
    ordered = sorted(values)
    merged = durations(run.recorded, service=service)
    for share in (0.5, 0.9, 0.95, 0.99, 0.999, 1.0):
        exact = ordered[math.ceil(share * len(ordered)) - 1]
        assert merged.quantile(share) == pytest.approx(exact, rel=1.01 * ACCURACY, abs=1e-6)


def test_the_master_alone_has_a_store(runs: Runs) -> None:
    harness = runs["shared"].harness
    assert harness.home.is_dir()
    assert not (harness.folder / "elsewhere").exists()


@pytest.mark.parametrize("name", ["shared", "family"])
def test_all_processes_are_one_run_and_no_trace_is_used_twice(runs: Runs, name: str) -> None:
    run = runs[name]
    headers: list[Any] = run.site.headers
    assert len({h["traceparent"].split("-")[1] for h in headers}) == run.site.total
    assert len({h["traceparent"].split("-")[2] for h in headers}) == run.site.total
    assert {h["X-Seakeep-Run"] for h in headers} == {o.run_id for o in run.recorded}
    assert len({o.run_id for o in run.recorded}) == 1


def test_the_processes_of_one_command_make_the_run_that_one_would_make(runs: Runs) -> None:
    run = runs["family"]
    assert run.passed, run.ended.output
    assert run.site.total == events(run.recorded).total() == 80
    assert run.ended.output.count("browse: 80 requests") == 1, "the master alone tells"
    assert run.summary.generator.processes == 2
    assert "Traceback" not in run.ended.output


def test_no_arrival_is_lost_when_a_worker_joins_and_another_leaves(runs: Runs) -> None:
    run = runs["joined-and-left"]
    assert run.passed, run.ended.output
    arrivals = run.summary.arrivals
    assert (arrivals.due, arrivals.missed) == (8 * 60, 0)
    assert run.site.total == events(run.recorded).total() == 8 * 60
    assert run.summary.generator.processes == 3
    assert "lost" not in run.ended.said
    assert "Traceback" not in run.ended.output


@pytest.mark.parametrize("name", ["joined-and-left", "left-together", "shared", "family"])
def test_locusts_own_statistics_count_every_request_too(runs: Runs, name: str) -> None:
    run = runs[name]
    assert re.search(rf"Aggregated +{run.site.total} ", run.ended.output), run.ended.output


def test_no_arrival_is_lost_when_a_process_with_several_workers_leaves(runs: Runs) -> None:
    run = runs["left-together"]
    assert run.passed, run.ended.output
    assert run.site.total == events(run.recorded).total() == 6 * 40
    latest = [one for one in run.site.requests if one.at > run.site.last_at - 0.5]
    assert len({one.headers["X-Worker"] for one in latest}) == 1
    assert "Traceback" not in run.ended.output


def test_the_arrivals_of_a_lost_worker_are_missed_until_the_others_make_them(runs: Runs) -> None:
    run = runs["lost"]
    due = 8 * 40
    assert run.ended.exit_code == 1, run.ended.output
    assert run.ended.said.count("was lost during the run") == 1
    missed = run.summary.arrivals.missed
    assert run.summary.arrivals.due == due
    assert f"{missed} of the missed arrivals were due when nobody was there" in run.ended.said
    assert f"{missed} arrivals missed" in run.ended.said
    recorded = events(run.recorded).total()
    assert due - 200 < recorded <= run.site.total < due, "what it made in its last second is untold"
    latest = [one for one in run.site.requests if one.at > run.site.last_at - 0.5]
    assert len(latest) > 15, "of twenty: the other one makes all of them now"
    assert len({one.headers["X-Worker"] for one in latest}) == 1
    assert "Traceback" not in run.ended.output


@pytest.mark.parametrize("name", ["all-lost", "all-gone"])
def test_a_run_without_any_worker_ends_and_fails(runs: Runs, name: str) -> None:
    run = runs[name]
    assert run.ended.exit_code == 1, run.ended.output
    assert run.ended.seconds < 15, "of the 40 that it was to take"
    assert "arrivals missed" in run.ended.said
    assert "Traceback" not in run.ended.output
