"""Slots follow one another without overlap or hole, also where clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seakeep.experiment import Experiment
from seakeep.experiment_schedule import Day, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
# Changes by an hour, by half an hour, at midnight, by a whole day (Apia, December 2011), and none.
ZONES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Havana"),
    *("Pacific/Apia", "Asia/Kathmandu"),
)
CHANGES = (
    *(datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)),
    *(datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)),
    *(datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 16, tzinfo=UTC)),
    *(datetime(2011, 12, 30, 10, tzinfo=UTC), datetime(2026, 3, 8, 5, tzinfo=UTC)),
)
MOMENTS = st.one_of(
    st.builds(
        lambda change, minutes: change + timedelta(minutes=minutes),
        st.sampled_from(CHANGES),
        st.integers(-3000, 3000),
    ),
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
EVERY = st.one_of(
    st.sampled_from(["1m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "2d", "7d"]),
    st.integers(60, 7 * 86_400).map(lambda seconds: f"{seconds}s"),
)


def schedule(every: str = "6h", **more: object) -> Schedule:
    return Schedule.model_validate({"every": every, **more})


def berlin(day: int, hour: int, minute: int = 0, month: int = 6, fold: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN, fold=fold).astimezone(UTC)


def begins(of: Schedule, start: datetime, end: datetime) -> list[str]:
    """Return the local times at which slots begin, from one moment up to another."""
    found, at = [], of.next_begin(start - timedelta(microseconds=1))
    while at is not None and at < end:
        found.append(f"{at.astimezone(ZoneInfo(of.timezone)):%H:%M}")
        at = of.next_begin(at)
    return found


@given(EVERY, st.sampled_from(ZONES), MOMENTS)
def test_a_moment_lies_in_the_one_slot_that_begins_last_before_it(
    every: str, zone: str, at: datetime
) -> None:
    told = schedule(every, timezone=zone)
    begin = told.slot(at)
    following = told.next_begin(at)
    assert following is not None
    assert begin <= at < following
    assert told.slot(begin) == begin  # it belongs to itself, not to the one before
    assert told.slot(following) == following
    assert told.slot(following - timedelta(microseconds=1)) == begin
    assert told.next_begin(begin) == following  # no other begins in between


@given(EVERY, st.sampled_from(ZONES), MOMENTS)
def test_a_slot_is_as_long_as_the_interval_but_for_what_clocks_are_changed_by(
    every: str, zone: str, at: datetime
) -> None:
    told = schedule(every, timezone=zone)
    begin, following = told.slot(at), told.next_begin(at)
    assert following is not None
    shift = sum_of_shifts(begin, following, ZoneInfo(zone))
    length = following - begin
    assert timedelta(0) < length
    assert abs(length - timedelta(seconds=told.every_s)) <= shift


@given(st.sampled_from(["30m", "1h", "3h", "6h", "1d"]), st.sampled_from(ZONES), MOMENTS)
def test_where_the_interval_divides_the_day_each_begins_at_its_time_of_day(
    every: str, zone: str, at: datetime
) -> None:
    told = schedule(every, timezone=zone)
    begin = told.slot(at)
    wall = begin.astimezone(ZoneInfo(zone))
    of_day = timedelta(hours=wall.hour, minutes=wall.minute, seconds=wall.second)
    moment_before = (begin - timedelta(microseconds=1)).astimezone(ZoneInfo(zone))
    after_a_gap = wall.utcoffset() != moment_before.utcoffset()
    assert after_a_gap or of_day % timedelta(seconds=told.every_s) == timedelta(0)


def sum_of_shifts(start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
    """Return by how much clocks were changed around a stretch of time, however often."""
    step, found = timedelta(minutes=30), timedelta(0)
    at, last = start - timedelta(days=1, hours=2), end + timedelta(hours=2)
    while at < last:
        before, after = at.astimezone(zone).utcoffset(), (at + step).astimezone(zone).utcoffset()
        assert before is not None
        assert after is not None
        found, at = found + abs(after - before), at + step
    return found


def test_an_interval_that_divides_a_day_begins_anew_at_every_midnight() -> None:
    told = schedule("6h", timezone="Europe/Berlin")
    wanted = ["00:00", "06:00", "12:00", "18:00"]
    assert begins(told, berlin(1, 0), berlin(3, 0)) == wanted * 2


@pytest.mark.parametrize(("day", "month"), [(29, 3), (25, 10)])
def test_a_day_on_which_clocks_are_changed_has_as_many_slots_as_any_other(
    day: int, month: int
) -> None:
    told = schedule("6h", timezone="Europe/Berlin")
    wanted = ["00:00", "06:00", "12:00", "18:00"]
    assert begins(told, berlin(day, 0, month=month), berlin(day + 1, 0, month=month)) == wanted


def test_the_hour_that_comes_twice_has_its_slots_once() -> None:
    told = schedule("30m", timezone="Europe/Berlin")
    start, end = berlin(25, 1, 30, month=10), berlin(25, 3, 30, month=10)
    assert begins(told, start, end) == ["01:30", "02:00", "02:30", "03:00"]
    again = berlin(25, 2, 10, month=10, fold=1)
    assert told.slot(again) == berlin(25, 2, 30, month=10, fold=0)


def test_a_slot_of_the_missing_hour_begins_when_it_is_over() -> None:
    told = schedule("1d", offset="2h30m", timezone="Europe/Berlin")
    assert begins(told, berlin(29, 0, month=3), berlin(30, 0, month=3)) == ["03:00"]


def test_an_interval_that_does_not_divide_a_day_is_counted_from_a_monday_long_ago() -> None:
    weekly = schedule("7d", timezone="Europe/Berlin")
    assert weekly.slot(berlin(18, 12)) == berlin(15, 0)  # 15 June 2026 is a Monday
    fives = schedule("5h")
    days = (datetime(2026, 6, 1, tzinfo=UTC) - datetime(1970, 1, 5, tzinfo=UTC)).days
    into = timedelta(hours=days * 24 % 5)
    assert fives.slot(datetime(2026, 6, 1, tzinfo=UTC)) == datetime(2026, 6, 1, tzinfo=UTC) - into


def test_an_offset_moves_all_slots() -> None:
    told = schedule("12h", offset="40m")
    start = datetime(2026, 6, 1, tzinfo=UTC)
    assert begins(told, start, start + timedelta(days=1)) == ["00:40", "12:40"]
    assert told.slot(start) == start - timedelta(hours=11, minutes=20)


@pytest.mark.parametrize(
    ("hours", "days", "at", "allowed"),
    [
        ("09:00-17:00", None, berlin(15, 9), True),
        ("09:00-17:00", None, berlin(15, 16, 59), True),
        ("09:00-17:00", None, berlin(15, 17), False),
        ("09:00-17:00", ["tue"], berlin(15, 10), False),
        ("22:00-05:00", ["mon"], berlin(15, 22), True),
        ("22:00-05:00", ["mon"], berlin(16, 4, 59), True),  # the rest of Monday's night
        ("22:00-05:00", ["mon"], berlin(16, 5), False),
        ("22:00-05:00", ["mon"], berlin(15, 4), False),  # that is Sunday's
        ("22:00-05:00", ["mon"], berlin(16, 22), False),
        ("22:00-00:00", ["mon"], berlin(15, 23, 59), True),
        ("22:00-24:00", ["mon"], berlin(16, 0), False),
        ("00:00-24:00", ["tue"], berlin(16, 0), True),
    ],
)
def test_days_and_hours_are_those_of_the_zone_and_a_night_belongs_to_its_evening(
    hours: str, days: list[str] | None, at: datetime, allowed: bool
) -> None:
    more = {} if days is None else {"days": days}
    told = schedule("1h", hours=hours, timezone="Europe/Berlin", **more)
    assert told.allows(at) is allowed


@given(
    st.sampled_from([1, 5, 6, 24, 36, 48, 168]),
    st.lists(st.sampled_from(list(Day)), min_size=1, unique=True),
    st.integers(0, 1439),
    st.integers(1, 1439),
)
def test_a_schedule_is_refused_when_no_slot_ever_begins_in_its_hours(
    every_h: int, days: list[Day], start: int, length: int
) -> None:
    end = (start + length) % 1440
    told = {
        "days": [day.value for day in days],
        "hours": f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}",
    }
    monday = datetime(2026, 6, 15, tzinfo=UTC)
    free = schedule(f"{every_h}h")
    first = free.slot(monday)
    times = [first + timedelta(hours=every_h) * number for number in range(7 * 24 + 1)]
    allowed = {
        (list(Day).index(day) * 1440 + start + minute) % (7 * 1440)
        for day in days
        for minute in range(length)
    }
    if any((at - monday) // timedelta(minutes=1) % (7 * 1440) in allowed for at in times):
        following = schedule(f"{every_h}h", **told).next_begin(monday)
        assert following is not None
        assert (following - monday) // timedelta(minutes=1) % (7 * 1440) in allowed
    else:
        with pytest.raises(ValueError, match="in which a slot begins; none of every"):
            schedule(f"{every_h}h", **told)


def test_a_schedule_is_told_in_words() -> None:
    assert schedule("6h").describe() == "every 6h, UTC"
    night = schedule(
        "4h", offset="20m", days=["tue", "mon"], hours="22:00-05:00", timezone="Europe/Berlin"
    )
    assert night.describe() == "every 4h from 00:20, mon tue, 22:00-05:00, Europe/Berlin"
    assert schedule("7d", offset="2d3h").describe() == "every 7d from Wed 03:00, UTC"


def test_settings_fill_what_the_environment_leaves_open() -> None:
    told = Experiment.model_validate({"name": "a", "settings": {"A_MS": 200, "B": "x", "C": 0.5}})
    assert told.settings_for({}) == {"A_MS": "200", "B": "x", "C": "0.5"}
    assert told.settings_for({"A_MS": "100", "B": "", "D": "1"}) == {"B": "x", "C": "0.5"}
