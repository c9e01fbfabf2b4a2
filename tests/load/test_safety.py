"""How load stops, at a signal, without its master, at a breach; and what it never exceeds."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import psutil
import pytest

from tests.load.conftest import Act, Ended, Harness, Runs, events, eventually, family_of
from tests.load.site import Site

LONG: dict[str, object] = {"rate": 40, "duration": "40s", "users": 10}


@dataclass
class Stop:
    """How a run was stopped, and what came of it.

    Attributes:
        at: When (Unix time, s).
        left: Processes that were still there seconds later.
        workers: How the workers ended that were started by hand.
    """

    at: float = 0.0
    left: list[psutil.Process] = field(default_factory=list)
    workers: list[Ended] = field(default_factory=list)


STOPS: dict[str, Stop] = {}


def stopping(
    name: str,
    start: Callable[[Harness], list[subprocess.Popen[str]]],
    stop: Callable[[subprocess.Popen[str]], None],
) -> Act:
    """Start processes, the first of which is stopped somehow once load is made."""

    def act(harness: Harness, site: Site) -> Ended:
        harness.schedule(**LONG)
        first, *workers = start(harness)
        eventually(lambda: site.total > 60, "more than a second served")
        everyone = [psutil.Process(first.pid), *family_of(first)]
        everyone += [psutil.Process(worker.pid) for worker in workers]
        STOPS[name] = told = Stop(at=time.time())
        stop(first)
        told.workers = [harness.end(worker) for worker in workers]
        ended = harness.end(first)
        _, told.left = psutil.wait_procs(everyone, timeout=5)
        return ended

    return act


def alone(harness: Harness) -> list[subprocess.Popen[str]]:
    return [harness.start("--headless")]


def family(harness: Harness) -> list[subprocess.Popen[str]]:
    return [harness.start_family()]


def by_hand(harness: Harness) -> list[subprocess.Popen[str]]:
    return [harness.start_master(1), harness.start_worker()]


def interrupt(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGINT)


def interrupt_all(process: subprocess.Popen[str]) -> None:
    """Do as a terminal does with Ctrl-C."""
    os.killpg(process.pid, signal.SIGINT)


def suspend(process: subprocess.Popen[str]) -> None:
    """Leave a process without time for longer than workers wait."""
    process.send_signal(signal.SIGSTOP)
    time.sleep(4)
    process.send_signal(signal.SIGCONT)


def aborting(start: Callable[..., subprocess.Popen[str]], *args: object) -> Act:
    def act(harness: Harness, site: Site) -> Ended:
        harness.schedule(**LONG)
        harness.visit('self.client.get("/fail")')
        process = start(harness, *args, "--abort-on-breach")
        workers = [harness.start_worker()] if args else []
        ended = harness.end(process)
        assert [harness.end(worker).exit_code for worker in workers] == [0] * len(workers)
        return ended

    return act


def start_alone(harness: Harness, *flags: str) -> subprocess.Popen[str]:
    return harness.start("--headless", *flags)


def ceiling(harness: Harness, site: Site) -> Ended:
    """Tasks of three requests: 120/s, where 50/s are allowed."""
    get = 'self.client.get("/")'
    harness.visit(f"{get}; {get}; {get}")
    harness.declare(
        limits={"max_rate": 50, "max_load_duration": "1m"},
        scenarios=[{"name": "browse", "rate": 40, "duration": "1s", "users": 40}],
    )
    return harness.end(harness.start_family())


@pytest.fixture(scope="module")
def runs(side_by_side: Callable[[Mapping[str, Act]], Runs]) -> Runs:
    return side_by_side(
        {
            "suspended": stopping("suspended", by_hand, suspend),
            "ctrl-c": stopping("ctrl-c", alone, interrupt),
            "sigterm": stopping("sigterm", alone, subprocess.Popen.terminate),
            "family-ctrl-c": stopping("family-ctrl-c", family, interrupt_all),
            "family-sigterm": stopping("family-sigterm", family, subprocess.Popen.terminate),
            "family-killed": stopping("family-killed", family, subprocess.Popen.kill),
            "by-hand-ctrl-c": stopping("by-hand-ctrl-c", by_hand, interrupt),
            "by-hand-killed": stopping("by-hand-killed", by_hand, subprocess.Popen.kill),
            "aborted": aborting(start_alone),
            "family-aborted": aborting(Harness.start_family),
            "by-hand-aborted": aborting(Harness.start_master, 1),
            "ceiling": ceiling,
        }
    )


ASKED = ("ctrl-c", "sigterm", "family-ctrl-c", "family-sigterm", "by-hand-ctrl-c")
LOST = ("family-killed", "by-hand-killed", "suspended")


@pytest.mark.parametrize("name", ASKED)
def test_a_run_that_is_asked_to_stop_does_so_and_keeps_everything(runs: Runs, name: str) -> None:
    run = runs[name]
    assert run.passed, run.ended.output
    assert run.site.last_at < STOPS[name].at + 2
    assert run.ended.seconds < 5
    assert STOPS[name].left == []
    assert [worker.exit_code for worker in STOPS[name].workers] in ([], [0])
    assert events(run.recorded).total() == run.site.total
    assert run.ended.output.count("\nbrowse: ") == 1, "it is judged once"
    assert "Traceback" not in run.ended.output
    assert "Bad response code" not in run.ended.output


@pytest.mark.parametrize("name", LOST)
def test_workers_stop_without_their_master(runs: Runs, name: str) -> None:
    run = runs[name]
    assert run.site.last_at < STOPS[name].at + 3
    assert STOPS[name].left == []
    assert run.ended.seconds < 10
    assert "Traceback" not in run.ended.output


@pytest.mark.parametrize("name", ["by-hand-killed", "suspended"])
def test_a_worker_says_once_that_it_lost_its_master(runs: Runs, name: str) -> None:
    _ = runs[name]
    for worker in STOPS[name].workers:
        assert worker.exit_code == 2
        assert worker.output.count("seakeep: heard nothing of the master for 1.5 s: this") == 1
        assert "Traceback" not in worker.output


def test_the_children_of_a_master_that_is_killed_end_at_once(runs: Runs) -> None:
    ended = runs["family-killed"].ended
    assert ended.output.count("seakeep: the master is gone: this worker ends") == 2
    assert runs["family-killed"].site.last_at < STOPS["family-killed"].at + 1.5


def test_a_master_that_came_back_to_no_worker_fails_the_run(runs: Runs) -> None:
    ended = runs["suspended"].ended
    assert ended.exit_code == 1, ended.output
    assert "all workers were gone before the end of the run" in ended.said


@pytest.mark.parametrize("name", ["aborted", "family-aborted", "by-hand-aborted"])
def test_a_breach_ends_the_run_early_in_any_mode(runs: Runs, name: str) -> None:
    run = runs[name]
    assert run.ended.exit_code == 1, run.ended.output
    assert 0 < run.site.total < 10 * 40, "of the 40 s that it was to take"
    assert run.ended.said.count("stopping, since objective load-success: ") == 1
    assert "failed: load-success; aborted, as objective load-success" in run.ended.said
    assert "Traceback" not in run.ended.output


def test_a_site_never_sees_more_than_the_ceiling_whatever_tasks_do(runs: Runs) -> None:
    run = runs["ceiling"]
    assert run.passed, run.ended.output
    assert run.site.total == 120
    moments = sorted(request.at for request in run.site.requests)
    fifty_more_s = [later - at for at, later in zip(moments, moments[60:], strict=False)]
    assert min(fifty_more_s) > 0.8, "fifty a second, and a tenth of a second's at once"
    assert "requests were held back by the platform's limits.max_rate" in run.ended.said
    assert run.summary.arrivals.held_back > 60
