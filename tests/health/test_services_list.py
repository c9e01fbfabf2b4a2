"""The list of services: bodies as the handler of such a platform builds them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.health.judging import STAMP, causes, judged, told

NAMES = ("database", "kv-store", "r2-storage", "ai", "vector-search", "queues")
REASON = {"error": "D1_ERROR: no such table"}


def body(status: str, *unhealthy: str, **details: object) -> dict[str, Any]:
    fine = {"status": "healthy", "latency": 3, "details": {"connection": "ok"}}
    services = [
        {
            "service": name,
            "status": "unhealthy" if name in unhealthy else "healthy",
            "details": details.get(name, REASON if name in unhealthy else fine),
        }
        for name in NAMES
    ]
    return {"status": status, "timestamp": STAMP, "services": services, "version": "unknown"}


def test_all_healthy_with_200_is_good() -> None:
    verdict = judged("services-list", body("healthy"))
    assert not verdict.failures
    assert verdict.attributes == {"health": "healthy", "degraded": False, "health_age_s": 0.5}


def test_an_unhealthy_service_is_named() -> None:
    verdict = judged("services-list", body("unhealthy", "ai", "queues"), 503)
    assert told(verdict) == [("unhealthy", "wanted healthy, got unhealthy: ai, queues")]
    assert verdict.attributes["health"] == "unhealthy"


@pytest.mark.parametrize(
    ("document", "status", "message"),
    [
        (body("healthy", "ai"), 200, "wanted unhealthy, since unhealthy: ai, got healthy"),
        (body("unhealthy"), 503, "wanted healthy, since all parts are healthy, got unhealthy"),
        (body("healthy"), 503, "wanted status 200 with healthy, got 503"),
        (body("unhealthy", "ai"), 200, "wanted status 503 with unhealthy, got 200"),
        (body("unhealthy", "ai"), 500, "wanted status 503 with unhealthy, got 500"),
    ],
)
def test_what_does_not_agree_is_a_contradiction(
    document: dict[str, Any], status: int, message: str
) -> None:
    assert told(judged("services-list", document, status))[0] == ("contradiction", message)


def test_a_check_that_caught_its_own_error_is_not_healthy() -> None:
    # Promise.allSettled is fulfilled by a check that returns {status: 'unhealthy'}.
    caught = {"status": "unhealthy", "latency": 5003, "details": {"error": "timed out"}}
    verdict = judged("services-list", body("healthy", database=caught))
    assert told(verdict)[0] == (
        "contradiction",
        "wanted unhealthy, since unhealthy: database (details), got healthy",
    )
    assert verdict.attributes["health"] == "unhealthy"


@pytest.mark.parametrize("given", [{}, {"cache-control": "no-cache"}])
def test_storing_must_be_forbidden(given: dict[str, str]) -> None:
    assert causes(judged("services-list", body("healthy"), headers=given)) == ["cacheable"]


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ({**body("healthy"), "services": []}, "services: a list of at least one service, got none"),
        ({**body("healthy"), "services": [7]}, "services[0]: an object, got a number"),
        (
            {**body("healthy"), "services": body("healthy")["services"] * 2},
            "services[6].service: a name of its own, got database",
        ),
        (
            {**body("healthy"), "services": [{"service": "a", "status": "degraded"}]},
            "services[0].status: healthy or unhealthy, got degraded",
        ),
        (body("fine"), "status: healthy or unhealthy, got fine"),
        ([body("healthy")], "body: an object, got a list"),
    ],
)
def test_another_form_breaks_the_contract(document: object, wanted: str) -> None:
    assert told(judged("services-list", document)) == [("contract", f"wanted {wanted}")]


def test_a_gateway_that_answers_instead_is_a_status() -> None:
    verdict = judged("services-list", {"error": "bad gateway"}, 502)
    assert told(verdict) == [("status", "wanted status 200 or 503, got 502")]


def test_so_is_one_with_a_code_of_the_contract_and_nothing_else_of_it() -> None:
    verdict = judged("services-list", {"error": "no ready pods", "pods": []}, 503, headers={})
    message = "wanted an account of health with the status 503, got none ("
    message += "wanted services: a list of at least one service, got none)"
    assert told(verdict) == [("status", message)]
