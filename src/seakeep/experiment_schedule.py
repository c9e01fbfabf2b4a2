"""When an experiment is due, as ``platform.yaml`` declares it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from seakeep.validation import FileModel, Seconds, Sequence_

__all__ = ["Day", "Schedule"]

_DAY_S = 86_400.0


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
    except (OSError, ValueError):
        raise ValueError("a time zone such as Europe/Berlin or UTC") from None
    return value


class Schedule(FileModel):
    """How often an experiment runs, and in which hours it may.

    Attributes:
        every_s: Its interval in seconds, from midnight on.
        days: The days on which it may start; all by default.
        hours: The time of day in which it may start, such as ``22:00-05:00``; all day by default.
        timezone: The zone that midnight, days and hours are meant in.
    """

    every_s: Annotated[Seconds, Field(ge=60, le=7 * _DAY_S, alias="every")]
    days: Annotated[Sequence_[Annotated[Day, Field(strict=False)]], Field()] = tuple(Day)
    hours: Annotated[str, Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$")] = "00:00-24:00"
    timezone: Annotated[str, AfterValidator(_timezone)] = "UTC"
