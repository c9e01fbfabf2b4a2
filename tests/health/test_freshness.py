"""How old an account is, and who kept it, by three clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from seakeep.health.freshness import read_date
from tests.health.judging import AT, NO_STORE, judged, told


def stamped(
    ago_s: float,
    date_ago_s: float | None = None,
    kept: str | None = None,
    expected: object = "status-only",
) -> tuple[list[tuple[str, str]], dict[str, object]]:
    """Judge an account whose timestamp and ``Date`` are so many seconds before our own clock."""
    headers = dict(NO_STORE)
    if date_ago_s is not None:
        headers["Date"] = format_datetime(AT - timedelta(seconds=date_ago_s), usegmt=True)
    if kept is not None:
        headers["Age"] = kept
    said_at = (AT - timedelta(seconds=ago_s)).isoformat()
    verdict = judged(expected, {"status": "healthy", "timestamp": said_at}, headers=headers)
    return told(verdict), dict(verdict.attributes)


@pytest.mark.parametrize("date_ago_s", [None, 0, 3])
def test_an_account_of_now_is_good(date_ago_s: float | None) -> None:
    failures, attributes = stamped(2, date_ago_s)
    assert not failures
    assert "findings" not in attributes


def test_an_old_account_with_a_date_of_now_was_kept_by_the_application() -> None:
    failures, attributes = stamped(3661, 0)
    message = "wanted an account at most 30s old, got one from 1h 1m ago: its Date is newer, "
    message += "so the application kept it, or a cache that sends no Age"
    assert failures == [("stale", message)]
    assert attributes["health_age_s"] == 3661


@pytest.mark.parametrize("ours_ago_s", [300, 0, -300])
def test_a_shared_cache_is_told_by_its_age_whatever_the_clocks(ours_ago_s: float) -> None:
    failures, attributes = stamped(ours_ago_s, ours_ago_s, kept="300")
    assert failures[0][0] == "stale"
    assert failures[0][1].endswith("from 5m ago: a shared cache kept it (Age: 300)")
    assert attributes["health_age_s"] == 300


def test_a_shared_cache_that_kept_it_a_moment_is_a_finding() -> None:
    failures, attributes = stamped(12, 12, kept="12")
    assert not failures
    assert attributes["findings"] == "a shared cache kept it for 12s"


@pytest.mark.parametrize(
    ("ago_s", "finding"),
    [
        (300, "the platform's clock is 5m behind this observer's"),
        (-300, "the platform's clock is 5m ahead of this observer's"),
    ],
)
def test_a_platform_whose_clock_is_off_is_a_finding_and_not_stale(
    ago_s: float, finding: str
) -> None:
    failures, attributes = stamped(ago_s, ago_s)
    assert not failures
    assert attributes["findings"] == finding
    assert attributes["health_age_s"] == 0


def test_a_date_that_is_off_makes_no_account_stale_that_our_clock_finds_fresh() -> None:
    failures, attributes = stamped(1, 1e9)
    assert not failures
    assert "behind this observer's" in str(attributes["findings"])


def test_an_account_that_is_old_by_a_clock_that_is_off_is_stale_all_the_same() -> None:
    failures, attributes = stamped(400, 300)
    assert failures[0][0] == "stale"
    assert attributes["health_age_s"] == 100
    assert attributes["findings"] == "the platform's clock is 5m behind this observer's"


def test_an_old_account_without_a_date_can_not_tell_who_kept_it() -> None:
    failures, _ = stamped(31)
    assert failures[0][1].endswith(
        "somebody kept it, or the platform's clock is behind (it sends no Date)"
    )


@pytest.mark.parametrize(
    ("date_ago_s", "ahead"), [(0, "clock and of its own Date"), (None, "clock")]
)
def test_an_account_from_the_future_has_a_message_of_its_own(
    date_ago_s: float | None, ahead: str
) -> None:
    failures, attributes = stamped(-7200, date_ago_s)
    message = f"wanted an account of now, got one 2h ahead of this observer's {ahead}: "
    message += "the clock that stamped it is off, or its offset from UTC is"
    assert failures == [("stale", message)]
    assert attributes["health_age_s"] == -7200


def test_the_platform_file_says_how_old_is_too_old() -> None:
    expected = {"contract": "status-only", "max_age": "5m"}
    assert not stamped(299, 0, expected=expected)[0]
    assert stamped(301, 0, expected=expected)[0]


def test_without_a_timestamp_the_age_header_is_all_there_is() -> None:
    verdict = judged("by-code", headers={**NO_STORE, "Age": "45"})
    assert told(verdict)[0][1].endswith("a shared cache kept it (Age: 45)")
    assert "health_age_s" not in judged("by-code").attributes


@pytest.mark.parametrize("kept", ["", "-5", "soon", "1.5", "٣", "0"])
def test_an_age_that_is_none_counts_for_nothing(kept: str) -> None:
    failures, attributes = stamped(0, 0, kept)
    assert not failures
    assert "findings" not in attributes


@pytest.mark.parametrize("kept", ["9" * 5000, "99999999999, 1"])
def test_an_enormous_age_is_just_very_old(kept: str) -> None:
    assert stamped(0, 0, kept)[0][0][0] == "stale"


@pytest.mark.parametrize(
    "value", [None, "", "0", "yesterday", "Mon, 17 Nov 2025 14:23:00 +9999", "x" * 10_000]
)
def test_a_date_that_is_none_is_read_as_none(value: str | None) -> None:
    assert read_date(value) is None


def test_a_date_without_a_zone_is_in_utc() -> None:
    assert read_date("Mon, 17 Nov 2025 14:23:00 -0000") == datetime(
        2025, 11, 17, 14, 23, tzinfo=UTC
    )
