from __future__ import annotations

import pytest

from tests.health.judging import STAMP, causes, judged, told


@pytest.mark.parametrize("more", [{}, {"version": "2.4.1"}])
def test_healthy_with_its_time_is_good_with_or_without_a_version(more: dict[str, str]) -> None:
    verdict = judged("status-only", {"status": "healthy", "timestamp": STAMP, **more})
    assert not verdict.failures
    assert verdict.attributes["health"] == "healthy"


def test_unhealthy_is_bad() -> None:
    verdict = judged("status-only", {"status": "unhealthy", "timestamp": STAMP}, 503)
    assert told(verdict) == [("unhealthy", "wanted healthy, got unhealthy")]


def test_another_word_or_no_time_breaks_the_contract() -> None:
    verdict = judged("status-only", {"status": "HEALTHY"})
    assert causes(verdict) == ["contract", "contract"]
