from __future__ import annotations

from tests.health.judging import STAMP, judged, told


def test_alive_is_good() -> None:
    assert not judged("alive", {"status": "alive", "timestamp": STAMP}).failures


def test_alive_knows_no_other_word_and_no_other_code() -> None:
    verdict = judged("alive", {"status": "dead", "timestamp": STAMP})
    assert told(verdict) == [("contract", "wanted status: alive, got dead")]
    verdict = judged("alive", {"status": "alive", "timestamp": STAMP}, 503)
    assert told(verdict) == [("contradiction", "wanted status 200 with healthy, got 503")]
    verdict = judged("alive", None, 503)
    assert told(verdict) == [("status", "wanted status 200, got 503")]
