from __future__ import annotations

from typing import Any

import pytest

from tests.health.judging import causes, judged, told


def body(status: str, db: str = "UP", queue: str = "UP") -> dict[str, Any]:
    components = {
        "db": {"status": db, "details": {"database": "PostgreSQL"}},
        "queue": {"status": queue},
        "diskSpace": {"status": "UP", "details": {"free": 80_000_000_000}},
    }
    return {"status": status, "components": components, "groups": ["liveness", "readiness"]}


@pytest.mark.parametrize("document", [{"status": "UP"}, body("UP"), body("UP", queue="UNKNOWN")])
def test_up_is_good_without_its_components_and_beside_unknown_ones(document: object) -> None:
    assert not judged("actuator", document).failures


@pytest.mark.parametrize("word", ["DOWN", "OUT_OF_SERVICE"])
def test_down_and_out_of_service_are_unhealthy(word: str) -> None:
    verdict = judged("actuator", body(word, db=word), 503)
    assert told(verdict) == [("unhealthy", "wanted healthy, got unhealthy: db")]


def test_unknown_as_a_whole_is_bad_though_it_is_served_with_200() -> None:
    verdict = judged("actuator", {"status": "UNKNOWN"})
    assert told(verdict) == [("unhealthy", "wanted healthy, got unknown")]


def test_up_with_a_component_that_is_down_is_a_contradiction() -> None:
    assert causes(judged("actuator", body("UP", db="DOWN")))[0] == "contradiction"


def test_a_status_of_its_own_breaks_the_contract() -> None:
    assert causes(judged("actuator", {"status": "FATAL"})) == ["contract"]
