"""What a run saw of each check and of each journey."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from seakeep.observation import Observation, Outcome, Phases
from seakeep.plain import plain
from seakeep.reports.attributes import whole
from seakeep.reports.counts import Counts, count_outcomes
from seakeep.reports.vitals import VitalReading, read_vitals

__all__ = [
    "CheckSummary",
    "JourneySummary",
    "Sighting",
    "group_by_name",
    "summarize_check",
    "summarize_journey",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One observation, fit to print.

    Attributes:
        at: When it began (UTC).
        outcome: Good, bad or invalid.
        duration_s: How long it took, in seconds.
        phases: How that time was spent, if known.
        status: The HTTP status code, if there was an answer.
        cause: A short reason when not good.
        message: The same for a person.
        trace_id: The trace the platform can be asked for; may be empty.
    """

    at: datetime
    outcome: Outcome
    duration_s: float
    phases: Phases | None
    status: int | None
    cause: str
    message: str
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSummary:
    """One check over the run.

    Attributes:
        name: The check's name.
        suite: The suite it belongs to.
        counts: Its observations by outcome.
        last: The latest of them.
        last_valid: The latest that says something of the platform, if any.
        last_bad: The latest bad one, if any.
    """

    name: str
    suite: str
    counts: Counts
    last: Sighting
    last_valid: Sighting | None
    last_bad: Sighting | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneySummary(CheckSummary):
    """One journey over the run.

    Attributes:
        vitals: A reading for every web vital, measured or not.
        js_errors: Script errors of the latest walk, if they were counted.
        requests: Requests of the latest walk, if they were counted.
        body_bytes: Bytes received in the latest walk, if they were counted.
    """

    vitals: tuple[VitalReading, ...]
    js_errors: int | None
    requests: int | None
    body_bytes: int | None


def group_by_name(observations: Iterable[Observation]) -> dict[str, list[Observation]]:
    """Return observations by their name, in the order in which names were first seen."""
    groups: dict[str, list[Observation]] = {}
    for observation in observations:
        groups.setdefault(observation.name, []).append(observation)
    return groups


def summarize_check(name: str, observations: Sequence[Observation]) -> CheckSummary:
    """Sum up all observations of one check."""
    suite = observations[-1].attributes.get("suite")
    return CheckSummary(
        name=plain(name, 200),
        suite=plain(suite, 200) if isinstance(suite, str) and suite else "probe",
        counts=count_outcomes(observations),
        last=_sighting(observations[-1]),
        last_valid=_latest(observations, Outcome.GOOD, Outcome.BAD),
        last_bad=_latest(observations, Outcome.BAD),
    )


def summarize_journey(name: str, observations: Sequence[Observation]) -> JourneySummary:
    """Sum up all walks of one journey; walks of an unfit browser count towards no vital."""
    last = observations[-1]
    return JourneySummary(
        name=plain(name, 200),
        suite="journey",
        counts=count_outcomes(observations),
        last=_sighting(last),
        last_valid=_latest(observations, Outcome.GOOD, Outcome.BAD),
        last_bad=_latest(observations, Outcome.BAD),
        vitals=read_vitals(o for o in observations if o.outcome is not Outcome.INVALID),
        js_errors=whole(last.attributes, "js_errors"),
        requests=whole(last.attributes, "requests"),
        body_bytes=whole(last.attributes, "bytes"),
    )


def _latest(observations: Sequence[Observation], *outcomes: Outcome) -> Sighting | None:
    found = (o for o in reversed(observations) if o.outcome in outcomes)
    latest = next(found, None)
    return None if latest is None else _sighting(latest)


def _sighting(observation: Observation) -> Sighting:
    trace_id = observation.attributes.get("trace_id")
    return Sighting(
        at=observation.at,
        outcome=observation.outcome,
        duration_s=observation.duration_s,
        phases=observation.phases,
        status=whole(observation.attributes, "status"),
        cause=plain(observation.cause, 80),
        message=plain(observation.message),
        trace_id=plain(trace_id, 64) if isinstance(trace_id, str) else "",
    )
