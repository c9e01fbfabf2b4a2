from __future__ import annotations

import pytest

from seakeep.health import CONTRACTS
from tests.health.judging import judged, told


def test_no_body_is_read() -> None:
    assert not CONTRACTS["by-code"].reads_body


@pytest.mark.parametrize("document", [None, "OK", {"status": "unhealthy", "timestamp": "never"}])
def test_200_is_healthy_whatever_the_body_says(document: object) -> None:
    verdict = judged("by-code", document)
    assert not verdict.failures
    assert verdict.attributes == {"health": "healthy", "degraded": False}


def test_503_is_unhealthy() -> None:
    verdict = judged("by-code", status=503)
    assert told(verdict) == [("unhealthy", "wanted healthy, got unhealthy")]
    assert verdict.attributes["health"] == "unhealthy"


@pytest.mark.parametrize("status", [204, 302, 404, 500, 502])
def test_another_code_is_not_the_probe_that_answers(status: int) -> None:
    assert told(judged("by-code", status=status)) == [
        ("status", f"wanted status 200 or 503, got {status}")
    ]
