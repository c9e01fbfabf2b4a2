"""When a platform was worked on, as ``platform.yaml`` declares it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from seakeep.validation import FileModel

__all__ = ["Maintenance"]


def _moment(value: object) -> object:
    wanted = "a time with its offset from UTC, such as 2026-01-31T22:00:00Z"
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(wanted) from None
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError(wanted)
    return moment.astimezone(UTC)


Moment = Annotated[datetime, BeforeValidator(_moment)]


class Maintenance(FileModel):
    """A stretch of time in which the platform was, or will be, worked on.

    Attributes:
        start: When it begins (UTC), ``from`` in the file.
        end: When it is over, ``to`` in the file; no longer part of it.
        reason: What was done, for the verdicts that leave it out.
    """

    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.end <= self.start:
            raise ValueError("a maintenance whose 'to' is later than its 'from'")
        return self
