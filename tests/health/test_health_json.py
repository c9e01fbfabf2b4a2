from __future__ import annotations

from typing import Any

import pytest

from tests.health.judging import causes, judged, told


def node(status: str, time: str = "2025-11-17T14:22:50Z") -> dict[str, Any]:
    return {"componentType": "datastore", "observedValue": 75, "status": status, "time": time}


def body(status: str, **parts: str) -> dict[str, Any]:
    """As in section 5 of the draft: some parts warn while the whole passes."""
    checks = {
        "cassandra:connections": [node(parts.get("first", "warn")), node("pass")],
        "cpu:utilization": [node("warn", "2025-11-17T14:22:40Z")],
        "uptime": [{"componentType": "system", "observedValue": 1209600.245}],
    }
    return {"status": status, "version": "1", "releaseId": "1.2.2", "checks": checks}


def test_the_example_of_the_draft_is_good_and_as_old_as_its_newest_reading() -> None:
    verdict = judged("health-json", body("pass"), headers={"Cache-Control": "max-age=3600"})
    assert not verdict.failures
    assert verdict.attributes["health_age_s"] == 10
    assert verdict.attributes["findings"] == "it may be stored (Cache-Control: max-age=3600)"


@pytest.mark.parametrize("word", ["ok", "UP", "Pass"])
def test_aliases_of_either_case_are_the_same(word: str) -> None:
    assert not judged("health-json", {"status": word}).failures


def test_warn_is_degraded_and_good_as_it_is_served_as_a_success() -> None:
    verdict = judged("health-json", body("warn"))
    assert not verdict.failures
    assert verdict.attributes["degraded_parts"] == "cassandra:connections[0], cpu:utilization"


def test_fail_is_unhealthy() -> None:
    verdict = judged("health-json", body("fail", first="fail"), 500)
    assert told(verdict) == [
        ("unhealthy", "wanted healthy, got unhealthy: cassandra:connections[0]")
    ]


def test_pass_with_a_part_that_fails_is_a_contradiction_unless_that_is_minor() -> None:
    assert causes(judged("health-json", body("pass", first="fail")))[0] == "contradiction"
    expected = {"contract": "health-json", "minor": ["cassandra:connections[0]"]}
    assert not judged(expected, body("pass", first="fail")).failures


def test_fail_with_a_success_is_a_contradiction() -> None:
    verdict = judged("health-json", {"status": "fail"})
    assert told(verdict)[0] == ("contradiction", "wanted status 400-599 with unhealthy, got 200")
