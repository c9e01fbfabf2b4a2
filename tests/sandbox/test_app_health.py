"""The sandbox's accounts of its health keep the contracts that its platform file names."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from seakeep.health import HealthExpectation, HealthVerdict, judge_health

from .conftest import Platform

CONTRACTS = (
    ("/health", "services-list"),
    ("/health/detailed", "checks-booleans"),
    ("/ready", "ready"),
    ("/live", "alive"),
)


def judged(answer: httpx.Response, contract: str) -> HealthVerdict:
    return judge_health(
        HealthExpectation(contract=contract, cache="must-forbid"),
        status=answer.status_code,
        headers=answer.headers,
        document=answer.json(),
        at=datetime.now(UTC),
    )


@pytest.mark.parametrize(("path", "contract"), CONTRACTS)
def test_each_account_keeps_its_contract(platform: Platform, path: str, contract: str) -> None:
    verdict = judged(platform.get(path), contract)
    assert not verdict.failures
    assert verdict.attributes["health"] == "healthy"
    assert "findings" not in verdict.attributes
