from __future__ import annotations

import contextlib
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.health.timestamp import parse_timestamp

WHEN = datetime(2025, 11, 17, 14, 23, 0, 123000, tzinfo=UTC)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@pytest.mark.parametrize(
    "value",
    [
        "2025-11-17T14:23:00.123Z",
        "2025-11-17t14:23:00.123z",
        "2025-11-17 14:23:00.123+00:00",
        "2025-11-17T14:23:00,123000999Z",
        "2025-11-17T09:23:00.123-0500",
        1763389380.123,
        1763389380123,
    ],
)
def test_it_is_read_in_each_form(value: object) -> None:
    found = parse_timestamp(value, "timestamp")
    assert abs(found - WHEN) < timedelta(microseconds=2)


@pytest.mark.parametrize(
    "value",
    [
        "2025-11-17T14:23:00.123",  # no offset
        "2025-11-17",
        "20251117T142300Z",
        "2025-W47-1T14:23:00Z",
        "2025-13-17T14:23:00Z",
        "2025-11-17T25:23:00Z",
        "2025-11-17T14:23:00+99:99",
        "٢٠٢٥-11-17T14:23:00Z",
        "1763389380",
        "Mon, 17 Nov 2025 14:23:00 GMT",
        "",
        None,
        True,
        -1,
        0,
        10**400,
        1e300,
        math.nan,
        math.inf,
        [],
        {},
    ],
)
def test_anything_else_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="timestamp: a time in ISO 8601"):
        parse_timestamp(value, "timestamp")


@given(st.datetimes(timezones=ZONES))
def test_what_is_written_in_iso_8601_is_read_as_the_same_moment(when: datetime) -> None:
    assert parse_timestamp(when.isoformat(), "t") == when


@given(st.one_of(st.text(), st.floats(), st.integers()))
def test_no_value_does_anything_but_parse_or_be_refused(value: object) -> None:
    with contextlib.suppress(ValueError):
        assert parse_timestamp(value, "t").tzinfo is not None
