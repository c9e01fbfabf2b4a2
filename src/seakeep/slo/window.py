"""The time an objective is promised over: a rolling window, or a calendar's periods."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = ["CalendarWindow", "RollingWindow", "Window"]

_SECONDS_PER_DAY = 86_400.0
_DAYS_PER_MONTH = 365.2425 / 12  # the mean Gregorian month


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last so many seconds before any moment.

    Attributes:
        duration_s: Its length, in seconds.
    """

    duration_s: float

    def at(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the begin and the end of the window that a moment is judged by (UTC)."""
        return moment - timedelta(seconds=self.duration_s), moment

    def period(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the same: a rolling window is always whole."""
        return self.at(moment)


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """Periods that follow one another on the clock of a time zone, such as months in Berlin.

    The n-th period begins `count` times n units after `start` on the wall clock, so a day is
    23 or 25 hours long where the clocks change, and a month as long as the calendar says. Months
    are counted from `start`, not from one another: after 31 January come 28 February and 31 March.
    A wall time that the zone skips stands for the moment it would have been, one that comes twice
    for its first (fold 0 of PEP 495). Periods reach back before `start` too: it only aligns them.

    Attributes:
        start: When one of the periods begins, on the zone's wall clock (without an offset).
        zone: The time zone.
        count: The units per period, at least 1.
        unit: The calendar's unit.
    """

    start: datetime
    zone: ZoneInfo
    count: int
    unit: Literal["day", "month"]

    @property
    def duration_s(self) -> float:
        """Return the mean length in seconds; `period` has that of one period."""
        days = 1.0 if self.unit == "day" else _DAYS_PER_MONTH
        return self.count * days * _SECONDS_PER_DAY

    def at(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the begin of the period that a moment falls in, and the moment itself (UTC)."""
        return self.period(moment)[0], moment

    def period(self, moment: datetime) -> tuple[datetime, datetime]:
        """Return the begin and the end of the whole period that a moment falls in (UTC).

        The begin belongs to it, the end to the next one.
        """
        index = self._guess(moment.astimezone(self.zone).replace(tzinfo=None))
        while self._begin(index) > moment:
            index -= 1
        while self._begin(index + 1) <= moment:
            index += 1
        return self._begin(index), self._begin(index + 1)

    def _guess(self, local: datetime) -> int:
        if self.unit == "day":
            return (local - self.start) // timedelta(days=self.count)
        months = (local.year - self.start.year) * 12 + local.month - self.start.month
        return months // self.count

    def _begin(self, index: int) -> datetime:
        units = index * self.count
        if self.unit == "day":
            local = self.start + timedelta(days=units)
        else:
            local = _plus_months(self.start, units)
        return local.replace(tzinfo=self.zone, fold=0).astimezone(UTC)


def _plus_months(start: datetime, months: int) -> datetime:
    """Return the same day so many months later, or the last one of a month too short for it."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)


Window = RollingWindow | CalendarWindow
