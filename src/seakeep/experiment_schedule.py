"""When an experiment is due, as ``platform.yaml`` declares it.

Time is cut into slots, and an experiment is due once in each that begins in its days and hours.
Slots are counted on the wall clock of the schedule's zone: one begins when that clock first shows
the slot's time, or a later one. Hence none begins twice when clocks go back, and none is left out
when they go forward: those of the missing hour begin, as one, when it is over.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count, islice
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from seakeep.duration import format_duration
from seakeep.validation import FileModel, Seconds, Sequence_

__all__ = ["Day", "Schedule"]

_EPOCH = datetime(1970, 1, 5)  # noqa: DTZ001 - a Monday's midnight, on the wall clock of any zone
_MICROSECOND = timedelta(microseconds=1)
_MINUTE_S, _DAY_S = 60.0, 86_400.0
_WEEK = timedelta(days=7)
_ALL_DAY = "00:00-24:00"
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|24:00)", re.ASCII)
_MOST_LOOKED_AT = 20_000
"""Slots that are searched for one in the right hours: two weeks of minutes, 380 years of weeks."""


class Day(StrEnum):
    """A day of the week, in the order of `datetime.weekday`."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):
        raise ValueError("a time zone such as Europe/Berlin or UTC") from None
    return value


def _interval(value: float) -> float:
    if not _MINUTE_S <= value <= 7 * _DAY_S:
        raise ValueError("an interval from 1m to 7d")
    return value


def _hours(value: str) -> str:
    if not _HOURS.fullmatch(value) or value[:5] == value[6:]:
        raise ValueError("hours such as 09:00-17:00, or 22:00-05:00 for a night")
    return value


class Schedule(FileModel):
    """How often an experiment runs, and in which hours it may.

    Attributes:
        every_s: The length of a slot in seconds. The first began at midnight of Monday,
            5 January 1970, so that intervals that divide a day begin at every midnight.
        offset_s: How long after that its slots begin.
        days: The days on which it may start; all by default. What is left of a night after
            midnight belongs to the day before.
        hours: The time of day in which it may start, such as ``22:00-05:00``; all day by default.
        timezone: The zone that midnight, days and hours are meant in.
    """

    every_s: Annotated[Seconds, AfterValidator(_interval), Field(alias="every")]
    offset_s: Annotated[Seconds, Field(alias="offset")] = 0.0
    days: Annotated[Sequence_[Annotated[Day, Field(strict=False)]], Field(min_length=1)] = tuple(
        Day
    )
    hours: Annotated[str, AfterValidator(_hours)] = _ALL_DAY
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"

    @model_validator(mode="after")
    def _is_due_at_times(self) -> Self:
        if self.offset_s >= self.every_s:
            raise ValueError("an 'offset' that is shorter than 'every'")
        if not any(self._within(begin) for begin in self._week()):
            raise ValueError(
                f"days and hours in which a slot begins; none of {self._beat()} does, "
                "but 'offset' moves them"
            )
        return self

    def slot(self, at: datetime) -> datetime:
        """Return when the slot began (UTC) that a moment lies in."""
        return self._begin(self._index(at))

    def allows(self, at: datetime) -> bool:
        """Return whether a moment lies in the days and hours."""
        return self._within(self._wall(at))

    def next_begin(self, after: datetime) -> datetime | None:
        """Return when the next slot begins (UTC) that lies in the days and hours.

        ``None`` when there is none among those that are looked at.
        """
        begins = (self._begin(index) for index in count(self._index(after) + 1))
        looked_at = islice(begins, _MOST_LOOKED_AT)
        return next((at for at in looked_at if at > after and self.allows(at)), None)

    def describe(self) -> str:
        """Return it in words, such as ``every 6h from 00:10, mon tue, 22:00-05:00, UTC``."""
        parts = [self._beat()]
        if set(self.days) != set(Day):
            parts.append(" ".join(day.value for day in Day if day in self.days))
        if self.hours != _ALL_DAY:
            parts.append(self.hours)
        return ", ".join([*parts, self.timezone])

    def _beat(self) -> str:
        beat = f"every {format_duration(self.every_s)}"
        if not self.offset_s:
            return beat
        return f"{beat} from {self._first:{'%H:%M' if self.offset_s < _DAY_S else '%a %H:%M'}}"

    def _week(self) -> Iterator[datetime]:
        """Yield all times of the week, on the wall clock, at which slots ever begin.

        These are as far apart as the greatest common divisor of an interval and a week; when that
        is a minute or less, no hours are without one.
        """
        every = timedelta(seconds=self.every_s) // _MICROSECOND
        apart = timedelta(microseconds=math.gcd(every, _WEEK // _MICROSECOND))
        apart = max(apart, timedelta(seconds=_MINUTE_S))
        return (self._first + number * apart for number in range(math.ceil(_WEEK / apart)))

    def _within(self, wall: datetime) -> bool:
        start, end = (int(at[:2]) * 60 + int(at[3:]) for at in self.hours.split("-"))
        minute = wall.hour * 60 + wall.minute
        day = wall.weekday()
        if end <= start and minute < end:  # what is left of the night before
            day, minute = (day - 1) % 7, minute + 24 * 60
        last = end if end > start else end + 24 * 60
        return start <= minute < last and tuple(Day)[day] in self.days

    def _index(self, at: datetime) -> int:
        """Return the number of the slot that a moment lies in."""
        index = (self._wall(at) - self._first) // timedelta(seconds=self.every_s)
        while self._begin(index + 1) <= at:  # in an hour that comes twice, the clock is behind
            index += 1
        return index

    def _begin(self, index: int) -> datetime:
        """Return when the wall clock first shows a slot's time or a later one (UTC)."""
        wall = self._first + index * timedelta(seconds=self.every_s)
        zone = ZoneInfo(self.timezone)
        # https://peps.python.org/pep-0495/: in a gap, fold=0 is the later one
        early, late = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
        if early >= late:
            return late
        while late - early > _MICROSECOND:
            middle = early + (late - early) / 2
            early, late = (early, middle) if self._wall(middle) >= wall else (middle, late)
        return late

    @property
    def _first(self) -> datetime:
        """Return when the slot of number 0 began, on the wall clock."""
        return _EPOCH + timedelta(seconds=self.offset_s)

    def _wall(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
