"""A calendar window's periods follow the wall clock, whatever the clocks do."""

# ruff: noqa: DTZ001 - a window begins at a time of the wall clock, which has no offset

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.slo.window import CalendarWindow, RollingWindow

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",  # moves its clocks by half an hour
        "Pacific/Apia",  # had no 30 December 2011
        "America/Sao_Paulo",  # changed its clocks at midnight until 2019
        "Asia/Kathmandu",  # 5:45 ahead
    )
]
windows = st.builds(
    CalendarWindow,
    start=st.datetimes(datetime(2000, 1, 1), datetime(2030, 12, 31)),
    zone=st.sampled_from(ZONES),
    count=st.integers(1, 40),
    unit=st.sampled_from(["day", "month"]),
)
moments = st.datetimes(
    datetime(2000, 1, 1), datetime(2040, 12, 31), timezones=st.just(UTC), allow_imaginary=False
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def month_of(zone: ZoneInfo, day: int = 1) -> CalendarWindow:
    return CalendarWindow(datetime(2020, 1, day), zone, 1, "month")


def days_in_berlin(count: int = 1) -> CalendarWindow:
    return CalendarWindow(datetime(2020, 1, 1), BERLIN, count, "day")


def test_a_rolling_window_ends_at_the_moment_and_is_always_whole() -> None:
    moment = utc("2026-03-29 12:00")
    week = RollingWindow(7 * 86400.0)
    assert week.at(moment) == (utc("2026-03-22 12:00"), moment)
    assert week.period(moment) == week.at(moment)


def test_a_calendar_window_runs_from_the_begin_of_its_period_to_the_moment() -> None:
    moment = utc("2026-02-14 09:30")
    assert month_of(BERLIN).at(moment) == (utc("2026-01-31 23:00"), moment)


@pytest.mark.parametrize(
    ("moment", "days"),
    [("2026-02-10", 28), ("2028-02-10", 29), ("2026-04-10", 30), ("2026-12-10", 31)],
)
def test_a_month_is_as_long_as_the_calendar_says(moment: str, days: int) -> None:
    start, end = month_of(ZoneInfo("UTC")).period(utc(moment))
    assert end - start == timedelta(days=days)


@pytest.mark.parametrize(
    ("moment", "hours"),
    [("2026-03-29 12:00", 23), ("2026-10-25 12:00", 25), ("2026-06-01 12:00", 24)],
)
def test_a_day_is_shorter_or_longer_where_the_clocks_change(moment: str, hours: int) -> None:
    start, end = days_in_berlin().period(utc(moment))
    assert end - start == timedelta(hours=hours)


def test_a_month_with_a_change_of_clocks_begins_and_ends_at_local_midnight() -> None:
    start, end = month_of(BERLIN).period(utc("2026-03-15"))
    assert (start, end) == (utc("2026-02-28 23:00"), utc("2026-03-31 22:00"))
    assert end - start == timedelta(days=31) - timedelta(hours=1)


def test_months_from_the_31st_do_not_drift_to_shorter_days() -> None:
    window = month_of(ZoneInfo("UTC"), day=31)
    assert window.period(utc("2026-02-28 00:00")) == (utc("2026-02-28"), utc("2026-03-31"))
    assert window.period(utc("2026-03-30")) == (utc("2026-02-28"), utc("2026-03-31"))


def test_quarters_and_years_are_three_and_twelve_months() -> None:
    quarter = CalendarWindow(datetime(2020, 1, 1), ZoneInfo("UTC"), 3, "month")
    year = CalendarWindow(datetime(2020, 1, 1), ZoneInfo("UTC"), 12, "month")
    assert quarter.period(utc("2026-05-20")) == (utc("2026-04-01"), utc("2026-07-01"))
    assert year.period(utc("2026-05-20")) == (utc("2026-01-01"), utc("2027-01-01"))


def test_a_begin_that_the_clocks_skip_is_told_as_if_they_had_not_yet_changed() -> None:
    window = CalendarWindow(datetime(2020, 1, 1, 2, 30), BERLIN, 1, "day")
    assert window.period(utc("2026-03-29 12:00"))[0] == utc("2026-03-29 01:30")


def test_a_begin_that_comes_twice_is_its_first() -> None:
    window = CalendarWindow(datetime(2020, 1, 1, 2, 30), BERLIN, 1, "day")
    assert window.period(utc("2026-10-25 12:00"))[0] == utc("2026-10-25 00:30")


def test_a_day_that_a_zone_never_had_belongs_to_the_one_before() -> None:
    window = CalendarWindow(datetime(2011, 1, 1), ZoneInfo("Pacific/Apia"), 1, "day")
    start, end = window.period(utc("2011-12-30 09:00"))
    assert (start, end) == (utc("2011-12-29 10:00"), utc("2011-12-30 10:00"))
    assert window.period(end)[1] == utc("2011-12-31 10:00")


def test_periods_reach_back_before_the_start_that_aligns_them() -> None:
    assert month_of(ZoneInfo("UTC")).period(utc("2019-12-15"))[0] == utc("2019-12-01")


@given(windows, moments)
def test_every_moment_is_in_exactly_one_period(window: CalendarWindow, moment: datetime) -> None:
    start, end = window.period(moment)
    assert start <= moment < end
    assert window.at(moment) == (start, moment)
    assert window.period(start) == (start, end)
    assert window.period(end - timedelta(microseconds=1)) == (start, end)
    assert window.period(end)[0] == end
    assert window.period(start - timedelta(microseconds=1))[1] == start


@given(windows, moments)
def test_every_period_begins_at_the_same_time_of_the_wall_clock(
    window: CalendarWindow, moment: datetime
) -> None:
    start = window.period(moment)[0]
    local = start.astimezone(window.zone).replace(tzinfo=None)
    shifted_by = abs(local - datetime.combine(local.date(), window.start.time()))
    offset = start.astimezone(window.zone).utcoffset()
    before = (start - timedelta(hours=25)).astimezone(window.zone).utcoffset()
    assert not shifted_by or offset != before  # only where that time does not exist


@given(windows, moments)
def test_the_mean_length_is_near_that_of_any_period(
    window: CalendarWindow, moment: datetime
) -> None:
    start, end = window.period(moment)
    clocks = 26 * 3600.0  # Apia's lost day, and an hour of summer time
    days = 6 * 86400.0 if window.unit == "month" else 0.0
    assert abs((end - start).total_seconds() - window.duration_s) <= days + clocks
