"""What a run saw of each check and of each journey."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from seakeep.observation import Observation, Outcome
from seakeep.plain import plain
from seakeep.reports.attributes import text, whole
from seakeep.reports.counts import Counts, count_outcomes
from seakeep.reports.sighting import Sighting, read_sighting
from seakeep.reports.vitals import VitalReading, read_vitals

__all__ = [
    "CheckSummary",
    "JourneySummary",
    "group_by_name",
    "summarize_check",
    "summarize_journey",
]


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
    last, last_valid, last_bad = _sightings(observations)
    return CheckSummary(
        name=plain(name, 200),
        suite=text(observations[-1].attributes, "suite", 200) or "probe",
        counts=count_outcomes(observations),
        last=last,
        last_valid=last_valid,
        last_bad=last_bad,
    )


def summarize_journey(name: str, observations: Sequence[Observation]) -> JourneySummary:
    """Sum up all walks of one journey; walks of an unfit browser count towards no vital."""
    attributes = observations[-1].attributes
    last, last_valid, last_bad = _sightings(observations)
    return JourneySummary(
        name=plain(name, 200),
        suite="journey",
        counts=count_outcomes(observations),
        last=last,
        last_valid=last_valid,
        last_bad=last_bad,
        vitals=read_vitals(o for o in observations if o.outcome is not Outcome.INVALID),
        js_errors=whole(attributes, "js_errors"),
        requests=whole(attributes, "requests"),
        body_bytes=whole(attributes, "bytes"),
    )


def _sightings(
    observations: Sequence[Observation],
) -> tuple[Sighting, Sighting | None, Sighting | None]:
    """Return the latest, the latest valid and the latest bad one; each is read once."""
    last = observations[-1]
    valid = _latest(observations, Outcome.GOOD, Outcome.BAD)
    bad = _latest(observations, Outcome.BAD)
    distinct = {id(one): one for one in (last, valid, bad) if one is not None}
    read = {key: read_sighting(one) for key, one in distinct.items()}
    return read[id(last)], read.get(id(valid)), read.get(id(bad))


def _latest(observations: Sequence[Observation], *outcomes: Outcome) -> Observation | None:
    return next((o for o in reversed(observations) if o.outcome in outcomes), None)
