"""What a health endpoint promises about its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["Contract", "Reading", "Status"]


class Status(StrEnum):
    """What a platform, or a part of it, says of itself."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer says.

    Attributes:
        status: The overall status.
        parts: The status of each part, by its name.
        at: When the platform says that this was true; ``None`` when it does not say.
    """

    status: Status
    parts: Mapping[str, Status] = field(default_factory=dict)
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The form of one kind of health answer.

    Attributes:
        name: What ``expect.health`` calls it.
        read: From the JSON document to what it says; raises ``ValueError`` with what was wanted.
        codes: The status code that goes with each overall status.
        overall: The overall status that the parts add up to.
    """

    name: str
    read: Callable[[object], Reading]
    codes: Mapping[Status, int]
    overall: Callable[[Mapping[str, Status]], frozenset[Status]]
