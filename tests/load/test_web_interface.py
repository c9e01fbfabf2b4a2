"""Runs that are started from Locust's web interface."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from functools import partial
from typing import Any

from tests.load.conftest import Harness, eventually, free_port, requests
from tests.load.site import Site

VISIT = 'self.client.get("/fail" if self.environment.parsed_options.seakeep_run else "/")'


def test_the_web_interface_starts_runs_each_from_zero_and_within_the_same_limits(
    harness: Harness, site: Site
) -> None:
    harness.visit(VISIT)  # only the second run fails
    harness.schedule(users=4, rate=40, duration="1s")
    port = str(free_port())
    process = harness.start("--web-host", "127.0.0.1", "--web-port", port)
    url = f"http://127.0.0.1:{port}"
    eventually(lambda: _answers(url), "the web interface answers")
    _swarm(url, host="http://localhost:9")
    eventually(lambda: _state(url) in {"ready", "stopped"}, "the refused run is over")
    assert site.total == 0
    for seen in (("stopped", 40, 0), ("stopped", 40, 40)):
        _swarm(url, host=site.url)
        eventually(partial(_shows, url, seen), f"the page shows {seen}")
    process.terminate()
    ended = harness.end(process)
    assert "the host localhost is not among its hosts" in ended.output
    assert ended.output.count("browse: 40 requests") == 2
    assert ended.output.count("nothing is breached") == 1
    assert ended.output.count("failed: load-success") == 1
    assert ended.exit_code == 1, "that of the latest run"
    assert "Traceback" not in ended.output
    by_run: Counter[tuple[str, str]] = Counter()
    for one in requests(harness.recorded()):
        by_run[one.run_id, one.name] += one.events
    assert sorted((name, count) for (_, name), count in by_run.items()) == [
        ("GET /", 40),
        ("GET /fail", 40),
    ]
    assert {h["X-Seakeep-Run"] for h in site.headers} == {run for run, _ in by_run}
    assert len({run for run, _ in by_run}) == 2


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def _swarm(url: str, host: str) -> None:
    form = urllib.parse.urlencode({"user_count": 2, "spawn_rate": 2, "host": host}).encode()
    with urllib.request.urlopen(f"{url}/swarm", form, timeout=5) as response:
        assert json.load(response)["success"]


def _state(url: str) -> str:
    return str(_stats(url)["state"])


def _shows(url: str, seen: tuple[str, int, int]) -> bool:
    """Return whether Locust shows that state, and so many requests and failures, perhaps late."""
    stats = _stats(url)
    total = stats["stats"][-1]
    return (stats["state"], total["num_requests"], total["num_failures"]) == seen


def _stats(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/stats/requests", timeout=5) as response:
        stats: dict[str, Any] = json.load(response)
        return stats
