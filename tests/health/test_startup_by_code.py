from __future__ import annotations

from seakeep.health import CONTRACTS
from tests.health.judging import causes, judged


def test_no_body_is_read() -> None:
    assert not CONTRACTS["startup-by-code"].reads_body


def test_200_is_healthy() -> None:
    verdict = judged("startup-by-code", "started")
    assert not verdict.failures
    assert verdict.attributes["health"] == "healthy"


def test_503_is_starting_which_is_expected_and_found() -> None:
    verdict = judged("startup-by-code", status=503)
    assert not verdict.failures
    assert verdict.attributes["health"] == "starting"
    assert verdict.attributes["findings"] == "it is still starting"


def test_an_error_is_neither() -> None:
    assert causes(judged("startup-by-code", status=500)) == ["status"]
