"""The second of the four records: one thing that was seen, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it costs the start of every command
    from seakeep.histogram import Histogram

__all__ = ["Attribute", "Batch", "Kind", "Observation", "Outcome", "Phases"]

Attribute = str | int | float | bool

_NO_ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({})


class Kind(StrEnum):
    """Who saw it."""

    PROBE = "probe"
    JOURNEY = "journey"
    LOAD = "load"
    CHAOS = "chaos"
    GENERATOR = "generator"
    """What makes the load, on itself: see `seakeep.generator`."""
    CAPACITY = "capacity"
    """Load of a search for the capacity, which breaks objectives on purpose: none counts it."""


class Outcome(StrEnum):
    """What it says of the platform.

    ``INVALID`` says nothing of it: the observer itself was not fit to judge.
    """

    GOOD = "good"
    BAD = "bad"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """How one exchange spent its time, in seconds; ``None`` where a phase did not happen.

    The names are those of the blackbox exporter's ``probe_http_duration_seconds``.
    """

    resolve_s: float | None = None
    connect_s: float | None = None
    tls_s: float | None = None
    processing_s: float | None = None
    transfer_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Many events alike, in one observation: the requests of a second that went the same way.

    They have everything in common but their durations, and the observation's `duration_s` is the
    longest of these.

    Attributes:
        count: How many there are.
        shortest_s: The shortest of the durations, in seconds.
        durations: All of them, in seconds; of load, from when each request was meant to start.
        service: The same from when each did start: without its wait for a place.
    """

    count: int
    shortest_s: float
    durations: Histogram
    service: Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One thing seen of a platform, or a `Batch` of them.

    Attributes:
        at: When it began, an aware time in UTC.
        platform: The platform's name.
        kind: Who saw it.
        name: The check's, journey's, request's or experiment's name.
        location: Where the observer stood.
        run_id: The run it belongs to.
        outcome: Good, bad, or not for us to say.
        duration_s: How long it took, in seconds.
        phases: How that time was spent, for HTTP exchanges.
        cause: A short machine-readable reason when not good, such as ``timeout-connect``.
        message: The same for a person, with wanted and got.
        attributes: Whatever else was seen: status code, web vitals, trace id.
        batch: The events it stands for, when it stands for more than itself.
    """

    at: datetime
    platform: str
    kind: Kind
    name: str
    location: str
    run_id: str
    outcome: Outcome
    duration_s: float
    phases: Phases | None = None
    cause: str = ""
    message: str = ""
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: _NO_ATTRIBUTES)
    batch: Batch | None = None

    @property
    def events(self) -> int:
        """Return how many events it stands for."""
        return 1 if self.batch is None else self.batch.count
