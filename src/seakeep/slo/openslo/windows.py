"""An SLO's ``timeWindow``: one rolling window, or one aligned with a calendar."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, model_validator

from seakeep.duration import parse_duration
from seakeep.slo.openslo.spot import Spot
from seakeep.slo.window import CalendarWindow, RollingWindow, Window
from seakeep.validation import FileModel

__all__ = ["read_window"]

_CALENDAR_UNITS = {"d": 1, "w": 7, "M": 1, "Q": 3, "Y": 12}
_CALENDAR_DURATION = re.compile(r"([1-9]\d{0,3})([dwMQY])", re.ASCII)
_MOST_DAYS, _MOST_MONTHS = 3660, 120


def _local_time(value: object) -> object:
    wanted = "a time without an offset, such as 2026-01-01 00:00:00"
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(wanted) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time())
    if not isinstance(value, datetime) or value.tzinfo is not None:
        raise ValueError(f"{wanted}: 'timeZone' says where its clock hangs")
    return value


def _zone(value: object) -> object:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("a name of the IANA time zone database, such as Europe/Berlin") from None


class _Calendar(FileModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    start: Annotated[datetime, PlainValidator(_local_time)] = Field(alias="startTime")
    zone: Annotated[ZoneInfo, BeforeValidator(_zone)] = Field(alias="timeZone")


class _TimeWindow(FileModel):
    duration: str
    is_rolling: bool | None = Field(default=None, alias="isRolling")
    calendar: _Calendar | None = None

    @model_validator(mode="after")
    def _rolling_or_calendar(self) -> Self:
        if bool(self.is_rolling) == (self.calendar is not None):
            raise ValueError("either 'isRolling: true' or 'calendar: {startTime, timeZone}'")
        return self


def read_window(spot: Spot) -> Window | None:
    """Return the window that stands at ``spec.timeWindow``, or ``None`` after noting problems."""
    if not isinstance(spot.value, list) or len(spot.value) != 1:
        spot.reject(_count(spot.value), "a list of exactly one window")
        return None
    item = spot.child(0).read(_TimeWindow)
    if item is None:
        return None
    duration = spot.child(0, "duration")
    return _rolling(item.duration, duration) if item.calendar is None else _calendar(item, duration)


def _count(value: object) -> str:
    if isinstance(value, list):
        return f"{len(value)} windows"
    return "nothing" if value is None else "no list"


def _rolling(text: str, spot: Spot) -> Window | None:
    if re.fullmatch(r"\d+[MQY]", text, re.ASCII):
        spot.reject(repr(text), "days such as 30d: months differ, except in a calendar window")
        return None
    try:
        return RollingWindow(parse_duration(text))
    except ValueError as error:
        spot.reject(repr(text), str(error))
        return None


def _calendar(item: _TimeWindow, spot: Spot) -> Window | None:
    calendar = item.calendar
    parts = _CALENDAR_DURATION.fullmatch(item.duration)
    if calendar is None or parts is None:
        wanted = "days, weeks, months, quarters or years for a calendar window, such as 1d, 1w, 1M"
        spot.reject(repr(item.duration), wanted)
        return None
    unit = parts.group(2)
    count = int(parts.group(1)) * _CALENDAR_UNITS[unit]
    if count > (_MOST_DAYS if unit in "dw" else _MOST_MONTHS):
        spot.reject(repr(item.duration), "at most ten years")
        return None
    return CalendarWindow(calendar.start, calendar.zone, count, "day" if unit in "dw" else "month")
