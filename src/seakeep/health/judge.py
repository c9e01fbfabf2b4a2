"""Whether an account of health keeps its contract, agrees with itself, and is of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from seakeep.causes import Cause, Failure
from seakeep.health.agreement import codes_text, comes_to, contradictions, names_of
from seakeep.health.contract import Contract, Reading, Storing
from seakeep.health.contracts import CONTRACTS
from seakeep.health.expectation import HealthExpectation
from seakeep.health.form import mapping
from seakeep.health.freshness import Freshness
from seakeep.health.remark import Finding, Remark
from seakeep.health.status import Status
from seakeep.health.storing import storing_remarks
from seakeep.observation import Attribute

__all__ = ["HealthVerdict", "judge_health"]


@dataclass(frozen=True, slots=True)
class HealthVerdict:
    """What an account of health comes to.

    Attributes:
        failures: What is wrong; the first tells the cause.
        attributes: What was learned: ``health``, ``degraded``, ``degraded_parts``,
            ``health_age_s`` and ``findings``, each where there is something to say.
    """

    failures: tuple[Failure, ...]
    attributes: Mapping[str, Attribute]


def judge_health(
    expected: HealthExpectation,
    *,
    status: int,
    headers: Mapping[str, str],
    document: object,
    at: datetime,
) -> HealthVerdict:
    """Return what an account of health comes to; never raises, whatever the document is.

    Args:
        expected: The contract, and how strictly.
        status: The status code.
        headers: The answer's headers.
        document: Its body as JSON; not looked at where the contract does not read the body.
        at: When the answer was there, by this observer's clock; an aware time.
    """
    contract = CONTRACTS[expected.contract]
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    attributes: dict[str, Attribute] = {}
    remarks: list[Remark] = []
    try:
        reading = _reading(contract, status, document)
    except _ForeignCodeError as error:
        return HealthVerdict((Failure(Cause.STATUS, str(error)),), attributes)
    except ValueError as error:
        remarks.append(_not_of_its_form(error))
    else:
        remarks += _said(contract, reading, expected, status)
        attributes |= _health(contract, reading, expected)
    said_at = _said_at(contract, document, remarks)
    freshness = Freshness.of(lower, said_at, at)
    if freshness.age_s is not None:
        attributes["health_age_s"] = round(freshness.age_s, 3)
    remarks += freshness.remarks(expected.max_age_s)
    storing = contract.storing if expected.cache == "as-contracted" else Storing(expected.cache)
    remarks += storing_remarks(lower, storing, freshness.date or at)
    findings = [remark.text for remark in remarks if isinstance(remark, Finding)]
    if findings:
        attributes["findings"] = "; ".join(findings)
    return HealthVerdict(tuple(r for r in remarks if isinstance(r, Failure)), attributes)


class _ForeignCodeError(ValueError):
    """A status code that goes with nothing the contract can say: somebody else's answer."""


def _reading(contract: Contract, status: int, document: object) -> Reading:
    """Return what an answer says.

    Raises:
        _ForeignCodeError: Neither its body nor its status code is of the contract.
        ValueError: Its body is not.
    """
    said = [said for said, codes in contract.codes.items() if status in codes]
    try:
        if contract.read is not None:
            return contract.read(mapping(document, "body"))
    except ValueError:
        if said:
            raise
    if not said:
        wanted = " or ".join(dict.fromkeys(map(codes_text, contract.codes.values())))
        raise _ForeignCodeError(f"health: wanted status {wanted}, got {status}")
    return Reading(said[0])


def _minor(contract: Contract, expected: HealthExpectation) -> frozenset[str]:
    return contract.minor if expected.minor is None else frozenset(expected.minor)


def _said(
    contract: Contract, reading: Reading, expected: HealthExpectation, status: int
) -> Iterator[Remark]:
    """Yield what is to be said of an account's content, whenever it was true."""
    minor = _minor(contract, expected)
    yield from contradictions(contract, reading, minor, status)
    health = comes_to(contract, reading, minor)
    if health in {Status.UNHEALTHY, Status.UNKNOWN}:
        yield Failure(Cause.UNHEALTHY, _wanted_healthy(health, names_of(reading.parts, health)))
    if health is Status.DEGRADED and not _is_good_enough(expected, status):
        yield Failure(Cause.DEGRADED, _wanted_healthy(health, names_of(reading.parts, *_LESSER)))
    if health is Status.STARTING:
        yield Finding("it is still starting")
    unknown = names_of(reading.parts, Status.UNKNOWN)
    if unknown:
        yield Finding(f"unknown: {unknown}")


def _is_good_enough(expected: HealthExpectation, status: int) -> bool:
    """Whether degraded is good: what serves it as a success still does its work."""
    if expected.degraded == "as-served":
        return 200 <= status < 300
    return expected.degraded == "good"


_LESSER = (Status.DEGRADED, Status.UNHEALTHY)


def _wanted_healthy(health: Status, parts: str) -> str:
    return f"health: wanted healthy, got {health}{f': {parts}' if parts else ''}"


def _health(
    contract: Contract, reading: Reading, expected: HealthExpectation
) -> Mapping[str, Attribute]:
    health = comes_to(contract, reading, _minor(contract, expected))
    is_degraded = health is Status.DEGRADED
    found: dict[str, Attribute] = {"health": str(health), "degraded": is_degraded}
    parts = names_of(reading.parts, *_LESSER)
    return {**found, "degraded_parts": parts} if is_degraded and parts else found


def _said_at(contract: Contract, document: object, remarks: list[Remark]) -> datetime | None:
    """Return when an account says that it was true; one that says it wrongly fails by that."""
    if not contract.reads_body or not isinstance(document, dict):
        return None
    try:
        return contract.said_at(document)
    except ValueError as error:
        remarks.append(_not_of_its_form(error))
        return None


def _not_of_its_form(error: ValueError) -> Failure:
    return Failure(Cause.CONTRACT, f"health: wanted {error}")
