"""The map of checks to true and false: every state that its handler can end in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.judging import STAMP, causes, judged, told


def body(status: str, **failed: bool) -> dict[str, Any]:
    checks = {name: failed.get(name, True) for name in ("database", "redis", "memory", "disk")}
    memory = {"rss": 4935680, "heapTotal": 1826816, "heapUsed": 650472, "external": 49879}
    metrics = {"uptime": 35.1, "memory": memory, "cpu": {"user": 38579, "system": 6986}}
    return {"status": status, "timestamp": STAMP, "checks": checks, "metrics": metrics}


def test_all_true_is_good() -> None:
    assert not judged("checks-booleans", body("healthy")).failures


@pytest.mark.parametrize("part", ["redis", "memory", "disk"])
def test_without_a_minor_part_it_is_degraded_and_good_as_it_serves_200(part: str) -> None:
    verdict = judged("checks-booleans", body("degraded", **{part: False}))
    assert not verdict.failures
    assert verdict.attributes["health"] == "degraded"
    assert verdict.attributes["degraded"] is True
    assert verdict.attributes["degraded_parts"] == part


def test_degraded_is_bad_where_the_platform_file_says_so() -> None:
    expected = {"contract": "checks-booleans", "degraded": "bad"}
    verdict = judged(expected, body("degraded", redis=False))
    assert told(verdict) == [("degraded", "wanted healthy, got degraded: redis")]


def test_without_its_database_it_is_unhealthy() -> None:
    verdict = judged("checks-booleans", body("unhealthy", database=False, memory=False), 503)
    assert causes(verdict) == ["unhealthy"]
    assert "degraded_parts" not in verdict.attributes


def test_degraded_with_200_while_the_database_is_away_is_a_contradiction() -> None:
    # The handler sets 'degraded' for Redis after it had set 'unhealthy' for the database.
    verdict = judged("checks-booleans", body("degraded", database=False, redis=False))
    assert told(verdict)[0] == (
        "contradiction",
        "wanted unhealthy, since unhealthy: database, redis, got degraded",
    )
    assert verdict.attributes["health"] == "unhealthy"


def test_a_part_that_the_contract_does_not_know_is_critical() -> None:
    document = body("healthy")
    document["checks"]["store"] = False
    assert causes(judged("checks-booleans", document))[0] == "contradiction"


@pytest.mark.parametrize("value", [1, "true", None, [], "healthy"])
def test_only_true_and_false_are_taken(value: object) -> None:
    document = body("healthy")
    document["checks"]["disk"] = value
    assert causes(judged("checks-booleans", document)) == ["contract"]
