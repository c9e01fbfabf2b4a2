"""An account of health and what it comes to, in a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from seakeep.health import HealthExpectation, HealthVerdict, judge_health

AT = datetime(2025, 11, 17, 14, 23, 0, tzinfo=UTC)
STAMP = "2025-11-17T14:22:59.500Z"
NO_STORE = {"Cache-Control": "no-cache, no-store, must-revalidate"}


def judged(
    expected: object,
    document: object = None,
    status: int = 200,
    headers: Mapping[str, str] = NO_STORE,
) -> HealthVerdict:
    return judge_health(
        HealthExpectation.model_validate(expected),
        status=status,
        headers=headers,
        document=document,
        at=AT,
    )


def told(verdict: HealthVerdict) -> list[tuple[str, str]]:
    """Causes and messages, the prefix that all share left out."""
    return [(f.cause.value, f.message.removeprefix("health: ")) for f in verdict.failures]


def causes(verdict: HealthVerdict) -> list[str]:
    return [failure.cause.value for failure in verdict.failures]
