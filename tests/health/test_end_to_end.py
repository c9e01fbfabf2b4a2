"""Health over real connections: from a platform's file to the observation."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from seakeep.observation import Observation, Outcome
from seakeep.platform import Platform
from seakeep.probes.engine import run_checks


def account(status: str, redis: bool, ago_s: float = 0) -> dict[str, Any]:
    said_at = datetime.now(UTC) - timedelta(seconds=ago_s)
    checks = {"database": status != "unhealthy", "redis": redis, "memory": True, "disk": True}
    return {"status": status, "timestamp": said_at.isoformat(), "checks": checks}


class Handler(BaseHTTPRequestHandler):
    """Answers by path, each time anew; its ``Date`` is of now."""

    def do_GET(self) -> None:
        answers: dict[str, tuple[int, object, str]] = {
            "/degraded": (200, account("degraded", redis=False), "no-store"),
            "/unhealthy": (503, account("unhealthy", redis=True), "no-store"),
            "/kept": (200, account("healthy", redis=True, ago_s=630), "no-store"),
            "/storable": (200, account("healthy", redis=True), "public, max-age=60"),
            "/contradiction": (200, account("healthy", redis=False), "no-store"),
            "/gateway": (502, None, "no-store"),
            "/text": (200, None, "no-store"),
        }
        status, body, cache = answers[self.path]
        content = json.dumps(body).encode() if body else b"<html>no JSON"
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", cache)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Keep the terminal quiet."""


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def seen(base_url: str) -> dict[str, Observation]:
    contracts = dict.fromkeys(("degraded", "unhealthy", "kept", "storable"), "checks-booleans")
    contracts |= {"contradiction": "checks-booleans", "gateway": "ready", "text": "by-code"}
    checks = [
        {"name": name, "suite": "health", "path": f"/{name}", "expect": {"health": contract}}
        for name, contract in contracts.items()
    ]
    document = {"name": "test", "environment": "sandbox", "base_url": base_url, "checks": checks}
    platform = Platform.model_validate(document)
    found = asyncio.run(run_checks(platform, platform.checks, location="here", run_id="r1"))
    return {observation.name: observation for observation in found}


def test_a_degraded_platform_that_serves_200_is_good_and_said_to_be_degraded(
    seen: dict[str, Observation],
) -> None:
    observation = seen["degraded"]
    assert observation.outcome is Outcome.GOOD
    assert observation.attributes["health"] == "degraded"
    assert observation.attributes["degraded"] is True
    assert observation.attributes["degraded_parts"] == "redis"


def test_a_contract_without_a_body_takes_any(seen: dict[str, Observation]) -> None:
    assert seen["text"].outcome is Outcome.GOOD
    assert seen["text"].attributes["health"] == "healthy"


@pytest.mark.parametrize(
    ("name", "cause", "message"),
    [
        ("unhealthy", "unhealthy", "health: wanted healthy, got unhealthy: database"),
        ("kept", "stale", "ago: its Date is newer, so the application kept it"),
        ("storable", "cacheable", "got Cache-Control: public"),
        ("gateway", "status", "health: wanted status 200 or 503, got 502"),
        ("contradiction", "contradiction", "since unhealthy: redis, got healthy"),
    ],
)
def test_what_is_wrong_is_the_cause_of_the_observation(
    seen: dict[str, Observation], name: str, cause: str, message: str
) -> None:
    observation = seen[name]
    assert (observation.outcome, observation.cause) == (Outcome.BAD, cause)
    assert message in observation.message
