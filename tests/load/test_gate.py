"""When a load run passes, and what it may do at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from tests.load.conftest import Act, Ended, Harness, Runs, events
from tests.load.site import Site

HOME = 'self.client.get("/")'


SET_OF_TASKS = """
from locust import SequentialTaskSet, task
from seakeep.load import scenario
from seakeep.load.user import PlatformUser

class Steps(SequentialTaskSet):
    @task
    def log_in(self):
        self.client.get("/log-in")

    @task
    def pay(self):
        self.client.get("/pay")

class Visitor(PlatformUser):
    wait_time = scenario.arrivals("browse")
    tasks = [Steps]
"""


def visiting(body: str, *flags: str, kind: str = "load", **changes: object) -> Act:
    def act(harness: Harness, site: Site) -> Ended:
        harness.visit(body)
        harness.judge(kind)
        harness.declare(**changes)
        return harness.run("--run-time", "1", *flags)

    return act


@pytest.fixture(scope="module")
def runs(side_by_side: Callable[[Mapping[str, Act]], Runs]) -> Runs:
    return side_by_side(
        {
            "flags": visiting(HOME, "--users", "3", "--spawn-rate", "3", "--rate", "30"),
            "idle": visiting("pass"),
            "rare": visiting('self.client.get("/rare")'),
            "bad": visiting('self.client.get("/fail")'),
            "unjudged": visiting('self.client.get("/fail")', kind="probe"),
            "raising": visiting('self.client.get("/"); raise KeyError("course")'),
            "production": visiting(HOME, "--allow-production", environment="production"),
            "refused": visiting(HOME, environment="production"),
            "wrong": visiting(HOME, colour="red", environment="moon", hosts="localhost"),
            "lacking": visiting(HOME, scenarios=[{"name": "launch", "rate": 1, "duration": "1s"}]),
        }
    )


def test_flags_win_over_the_platforms_defaults(runs: Runs) -> None:
    ended, site = runs["flags"].ended, runs["flags"].site
    assert runs["flags"].passed, ended.output
    assert "Ramping to 3 users" in ended.output
    assert site.total == 30
    assert "30 of 30 arrivals started" in ended.said


def test_a_run_without_requests_fails(runs: Runs) -> None:
    assert runs["idle"].ended.exit_code == 1
    assert "not one request was made" in runs["idle"].ended.output


def test_one_failed_request_does_not_fail_a_run(runs: Runs) -> None:
    run = runs["rare"]
    assert run.site.served["/rare"] == 40
    assert run.passed, run.ended.output
    assert "breached" not in run.ended.said.replace("nothing is breached", "")


def test_a_breached_objective_fails_the_run_and_names_the_worst_cause(runs: Runs) -> None:
    ended, site = runs["bad"].ended, runs["bad"].site
    assert ended.exit_code == 1
    assert "load-success" in ended.output.rpartition("failed: ")[2]
    if runs["bad"].was_fit:
        assert f"bad (status x{site.total}): GET /fail: answered 500" in ended.output
    table = ended.output[ended.output.index("browse:") :]
    assert max(len(line) for line in table.splitlines()) <= 100


def test_without_an_objective_on_load_the_run_passes_and_says_so(runs: Runs) -> None:
    assert runs["unjudged"].passed, runs["unjudged"].ended.output
    if runs["unjudged"].was_fit:
        assert "no objective of harbour covers load" in runs["unjudged"].ended.output


def test_a_scenario_that_raises_is_not_the_platforms_fault(runs: Runs) -> None:
    assert runs["raising"].ended.exit_code == 2
    assert "the scenario itself failed" in runs["raising"].ended.output


def test_production_is_loaded_when_explicitly_allowed(runs: Runs) -> None:
    assert runs["production"].passed, runs["production"].ended.output
    assert runs["production"].site.total == 40


def test_a_set_of_tasks_is_refused_as_each_would_be_for_another_visitor(
    harness: Harness, site: Site
) -> None:
    harness.locustfile.write_text(SET_OF_TASKS)
    ended = harness.run("--run-time", "1")
    assert ended.exit_code == 2
    assert "Visitor: its Steps is a set of tasks" in ended.output
    assert "Traceback" not in ended.output
    assert site.total == 0


def test_what_a_scenario_raises_is_told_once_however_many_visitors_it_hits(
    runs: Runs,
) -> None:
    said = runs["raising"].ended.output
    assert runs["raising"].site.total > 10
    assert said.count("Traceback (most recent call last)") == 1
    assert "(all requests)" in said, "the table is worth having all the same"


def test_a_host_that_is_allowed_for_a_run_is_loaded_in_it(harness: Harness, site: Site) -> None:
    foreign = site.url.replace("127.0.0.1", "localhost")
    ended = harness.run("--run-time", "1", "--host", foreign, "--allow-host", "localhost")
    assert ended.exit_code == 0, ended.output
    assert site.total > 10


def test_production_is_refused_and_nothing_is_sent(runs: Runs) -> None:
    ended = runs["refused"].ended
    assert ended.exit_code == 3
    assert "--allow-production" in ended.output
    assert "Traceback" not in ended.output
    assert runs["refused"].site.total == 0
    assert events(runs["refused"].recorded).total() == 0


def test_more_than_the_platform_allows_is_refused(harness: Harness, site: Site) -> None:
    refused = {
        ("--host", "http://localhost:9"): "the host localhost is not among its hosts",
        ("--rate", "301"): "301 arrivals/s are above its limits.max_rate of 300",
        ("--run-time", "61"): "limits.max_load_duration of 1m",
        ("--run-time", "0"): "a run without an end",
        ("--processes", "2", "--rate", "301"): "limits.max_rate of 300",
    }
    processes = [harness.start("--headless", *flags) for flags in refused]
    for process, said in zip(processes, refused.values(), strict=True):
        ended = harness.end(process)
        assert ended.exit_code == 3, ended.output
        assert ended.output.count("seakeep: ") == 1
        assert said in ended.output
        assert "Traceback" not in ended.output
    assert site.total == 0


def test_every_problem_of_a_platform_file_is_told_at_once(runs: Runs) -> None:
    ended, harness = runs["wrong"].ended, runs["wrong"].harness
    assert ended.exit_code == 2
    for key in ("colour", "environment", "hosts"):
        assert f"platform.yaml:{_line(harness, key)}: {key}: " in ended.output
    assert "Traceback" not in ended.output
    assert runs["wrong"].site.total == 0


def _line(harness: Harness, key: str) -> int:
    text = (harness.folder / "platforms" / "harbour" / "platform.yaml").read_text()
    return [line.split(":")[0] for line in text.splitlines()].index(key) + 1


def test_a_scenario_the_platform_lacks_is_told(runs: Runs) -> None:
    ended = runs["lacking"].ended
    assert ended.exit_code == 2
    assert "platform harbour has no scenario 'browse' (it has: launch)" in ended.output
    assert "Traceback" not in ended.output
