"""The map of checks with ``unknown``: every state that its handler can end in."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.judging import STAMP, causes, judged, told


def body(status: str, database: str, redis: str, eventbus: str) -> dict[str, Any]:
    checks = {"database": database, "redis": redis, "eventbus": eventbus}
    return {"status": status, "timestamp": STAMP, "uptime": 86400.52, "checks": checks}


H, U, N = "healthy", "unhealthy", "unknown"


def test_all_healthy_is_good_and_silence_on_storing_is_a_finding() -> None:
    verdict = judged("checks-map", body(H, H, H, H), headers={})
    assert not verdict.failures
    assert verdict.attributes["findings"] == (
        "nothing forbids storing it (no Cache-Control: no-store)"
    )


@pytest.mark.parametrize(
    ("checks", "named"),
    [((U, H, H), "database"), ((H, U, H), "redis"), ((U, U, H), "database, redis")],
)
def test_without_database_or_redis_it_is_unhealthy(
    checks: tuple[str, str, str], named: str
) -> None:
    verdict = judged("checks-map", body(U, *checks), 503)
    assert told(verdict) == [("unhealthy", f"wanted healthy, got unhealthy: {named}")]


def test_without_its_event_bus_it_is_degraded_and_bad_as_it_serves_503() -> None:
    verdict = judged("checks-map", body("degraded", H, H, U), 503)
    assert told(verdict) == [("degraded", "wanted healthy, got degraded: eventbus")]
    assert verdict.attributes["health"] == "degraded"
    assert verdict.attributes["degraded"] is True
    assert verdict.attributes["degraded_parts"] == "eventbus"


def test_degraded_is_good_where_the_platform_file_says_so() -> None:
    expected = {"contract": "checks-map", "degraded": "good"}
    verdict = judged(expected, body("degraded", H, H, U), 503)
    assert not verdict.failures
    assert verdict.attributes["degraded"] is True


@pytest.mark.parametrize(("checks", "named"), [((U, H, U), "database"), ((H, U, U), "redis")])
def test_a_later_degraded_that_overwrites_unhealthy_is_a_contradiction(
    checks: tuple[str, str, str], named: str
) -> None:
    verdict = judged("checks-map", body("degraded", *checks), 503)
    assert told(verdict) == [
        ("contradiction", f"wanted unhealthy, since unhealthy: {named}, eventbus, got degraded"),
        ("unhealthy", f"wanted healthy, got unhealthy: {named}, eventbus"),
    ]
    assert verdict.attributes["health"] == "unhealthy", "the worse of the two is believed"
    assert verdict.attributes["degraded"] is False


def test_degraded_with_200_contradicts_the_contract() -> None:
    verdict = judged("checks-map", body("degraded", H, H, U), 200)
    assert told(verdict) == [("contradiction", "wanted status 503 with degraded, got 200")]


def test_unknown_is_a_finding_where_it_is_minor() -> None:
    verdict = judged("checks-map", body(H, H, H, N))
    assert not verdict.failures
    assert verdict.attributes["findings"] == "unknown: eventbus"


def test_healthy_is_no_claim_to_make_of_a_database_nobody_looked_at() -> None:
    verdict = judged("checks-map", body(H, N, H, H))
    assert told(verdict) == [
        ("contradiction", "wanted degraded or unhealthy, since unknown: database, got healthy"),
        ("unhealthy", "wanted healthy, got unknown: database"),
    ]
    assert verdict.attributes["health"] == "unknown"


def test_unknown_beside_unhealthy_is_named_apart() -> None:
    verdict = judged("checks-map", body(U, U, N, N), 503)
    assert told(verdict) == [("unhealthy", "wanted healthy, got unhealthy: database")]
    assert verdict.attributes["findings"] == "unknown: redis, eventbus"


def test_the_platform_file_says_which_parts_are_minor() -> None:
    expected = {"contract": "checks-map", "minor": ["redis"]}
    assert causes(judged(expected, body("degraded", H, U, H), 503)) == ["degraded"]
    assert causes(judged(expected, body("degraded", H, H, U), 503))[0] == "contradiction"


@pytest.mark.parametrize("checks", [{}, [], {"database": True}, {"database": "up"}, None])
def test_checks_of_another_form_break_the_contract(checks: object) -> None:
    document = {"status": H, "timestamp": STAMP, "checks": checks}
    assert causes(judged("checks-map", document)) == ["contract"]
