"""When a load run passes, and what it may do at all."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.load.conftest import Done, Harness, Prepare, Site

Eventually = Callable[[Callable[[], bool], str], None]


def test_flags_win_over_the_platforms_defaults(harness: Harness, site: Site) -> None:
    ended = harness.run("--users", "3", "--spawn-rate", "3", "--run-time", "1", "--rate", "30")
    assert ended.exit_code == 0, ended.output
    assert "Ramping to 3 users" in ended.output
    assert 25 <= site.total <= 31  # 30/s for 1 s, on a machine that is perhaps busy
    assert "of 30/s" in ended.output


def visiting(body: str, *, kind: str = "load", **changes: object) -> Prepare:
    def prepare(harness: Harness) -> tuple[str, ...]:
        harness.visit(body)
        harness.judge(kind)
        harness.declare(**changes)
        return ("--allow-production",) if changes else ()

    return prepare


@pytest.fixture(scope="module")
def done(side_by_side: Callable[..., dict[str, Done]]) -> dict[str, Done]:
    return side_by_side(
        {
            "idle": visiting("pass"),
            "rare": visiting('self.client.get("/rare")'),
            "bad": visiting('self.client.get("/fail")'),
            "unjudged": visiting('self.client.get("/fail")', kind="probe"),
            "raising": visiting('self.client.get("/"); raise KeyError("course")'),
            "production": visiting('self.client.get("/")', environment="production"),
        }
    )


def test_a_run_without_requests_fails(done: dict[str, Done]) -> None:
    assert done["idle"].ended.exit_code == 1
    assert "not one request was made" in done["idle"].ended.output


def test_one_failed_request_does_not_fail_a_run(done: dict[str, Done]) -> None:
    run = done["rare"]
    assert run.site.served["/rare"] > 3
    assert "nothing is breached" in run.ended.output
    assert run.ended.exit_code == 0


def test_a_breached_objective_fails_the_run_and_names_the_worst_cause(
    done: dict[str, Done],
) -> None:
    ended, site = done["bad"].ended, done["bad"].site
    assert ended.exit_code == 1
    assert "failed: load-success" in ended.output
    assert f"bad (status x{site.total}): GET /fail: answered 500" in ended.output
    table = ended.output[ended.output.index("browse:") :]
    assert max(len(line) for line in table.splitlines()) <= 100


def test_without_an_objective_on_load_the_run_passes_and_says_so(done: dict[str, Done]) -> None:
    assert done["unjudged"].ended.exit_code == 0
    assert "no objective of harbour covers load" in done["unjudged"].ended.output


def test_a_scenario_that_raises_is_not_the_platforms_fault(done: dict[str, Done]) -> None:
    assert done["raising"].ended.exit_code == 2
    assert "the scenario itself failed" in done["raising"].ended.output


def test_production_is_loaded_when_explicitly_allowed(done: dict[str, Done]) -> None:
    assert done["production"].ended.exit_code == 0, done["production"].ended.output
    assert done["production"].site.total > 0


def test_production_is_refused_and_nothing_is_sent(harness: Harness, site: Site) -> None:
    harness.declare(environment="production")
    ended = harness.run("--run-time", "1")
    assert ended.exit_code == 3
    assert "--allow-production" in ended.output
    assert "Traceback" not in ended.output
    assert site.total == 0


def test_more_than_the_platform_allows_is_refused(harness: Harness, site: Site) -> None:
    refused = {
        ("--host", "http://localhost:9"): "the host localhost is not among its hosts",
        ("--rate", "301"): "limits.max_rate of 300",
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


def test_every_problem_of_a_platform_file_is_told_at_once(harness: Harness, site: Site) -> None:
    harness.declare(colour="red", environment="moon", hosts="localhost")
    ended = harness.run()
    assert ended.exit_code == 2
    for key in ("colour", "environment", "hosts"):
        assert f"platform.yaml:{_line(harness, key)}: {key}: " in ended.output
    assert "Traceback" not in ended.output
    assert site.total == 0


def _line(harness: Harness, key: str) -> int:
    text = (harness.folder / "platforms" / "harbour" / "platform.yaml").read_text()
    return [line.split(":")[0] for line in text.splitlines()].index(key) + 1


def test_a_scenario_the_platform_lacks_is_told(harness: Harness) -> None:
    harness.declare(scenarios=[{"name": "launch", "users": 1, "rate": 1, "duration": "1s"}])
    ended = harness.run()
    assert ended.exit_code == 2
    assert "platform harbour has no scenario 'browse' (it has: launch)" in ended.output
    assert "Traceback" not in ended.output


def test_the_web_interface_starts_runs_within_the_same_limits(
    harness: Harness, site: Site, free_port: int, eventually: Eventually
) -> None:
    process = harness.start("--web-host", "127.0.0.1", "--web-port", str(free_port))
    url = f"http://127.0.0.1:{free_port}"
    eventually(lambda: _answers(url), "the web interface answers")
    _swarm(url, "http://localhost:9")
    eventually(lambda: _state(url) in {"ready", "stopped"}, "the refused run is over")
    assert site.total == 0
    _swarm(url, site.url)
    eventually(lambda: site.total > 10, "ten requests served")
    process.terminate()
    ended = harness.end(process)
    assert "the host localhost is not among its hosts" in ended.output
    assert len(harness.recorded()) == site.total


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _swarm(url: str, host: str) -> None:
    form = urllib.parse.urlencode({"user_count": 2, "spawn_rate": 2, "host": host}).encode()
    with urllib.request.urlopen(f"{url}/swarm", form, timeout=5) as response:
        assert b'"success":true' in response.read().replace(b" ", b"")


def _state(url: str) -> str:
    with urllib.request.urlopen(f"{url}/stats/requests", timeout=5) as response:
        return str(response.read().decode().split('"state":')[1].split('"')[1])
