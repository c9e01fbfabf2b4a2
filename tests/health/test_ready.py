from __future__ import annotations

from tests.health.judging import STAMP, judged, told


def test_ready_is_good() -> None:
    assert not judged("ready", {"status": "ready", "timestamp": STAMP}).failures


def test_not_ready_is_unhealthy() -> None:
    document = {"status": "not ready", "timestamp": STAMP, "error": "connect ECONNREFUSED"}
    verdict = judged("ready", document, 503)
    assert told(verdict) == [("unhealthy", "wanted healthy, got unhealthy")]


def test_not_ready_with_200_is_a_contradiction() -> None:
    verdict = judged("ready", {"status": "not ready", "timestamp": STAMP})
    assert told(verdict)[0] == ("contradiction", "wanted status 503 with unhealthy, got 200")
