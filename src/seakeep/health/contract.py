"""What a health endpoint promises about its answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from seakeep.health.form import Document
from seakeep.health.status import Status, sum_of_parts
from seakeep.health.timestamp import timestamp

__all__ = ["Contract", "Reading", "Storing"]


class Storing(StrEnum):
    """What an answer must say of being kept and handed out again."""

    MUST_FORBID = "must-forbid"
    """It says ``no-store``."""
    MAY_BE_SILENT = "may-be-silent"
    """It does not allow it; that it says nothing is a finding."""
    MAY_ALLOW = "may-allow"
    """It may allow it; that it does is a finding."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says.

    Attributes:
        status: The overall status.
        parts: The status of each part, by its name.
    """

    status: Status
    parts: Mapping[str, Status] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The form of one kind of health answer.

    Attributes:
        name: What ``expect.health`` calls it: its shape, never whose it is.
        codes: The status codes that go with each overall status; a status that is not here can't
            be said. Without a body, the first status that has the code is what it says.
        read: From a JSON object to what it says; raises ``ValueError`` with what was wanted and
            got. ``None`` where there is no body to read.
        said_at: From the same object to when that was true, ``None`` where the form has no time;
            raises ``ValueError`` likewise.
        overall: What the whole may say when its parts say this and some of them are minor.
        minor: The parts without which the whole is degraded, not unhealthy.
        storing: What the answer must say of being kept.
    """

    name: str
    codes: Mapping[Status, Collection[int]]
    read: Callable[[Document], Reading] | None = None
    said_at: Callable[[Document], datetime | None] = timestamp
    overall: Callable[[Mapping[str, Status], Set[str]], frozenset[Status]] = sum_of_parts
    minor: frozenset[str] = frozenset()
    storing: Storing = Storing.MAY_BE_SILENT

    @property
    def reads_body(self) -> bool:
        """Whether there is a JSON body to read; without one, the status code says it all."""
        return self.read is not None
