"""What an account of health says, and what there is to say of that, whenever it was true."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seakeep.causes import Cause, Failure
from seakeep.health.agreement import codes_text, comes_to, contradictions, names_of
from seakeep.health.contract import Contract, Reading
from seakeep.health.expectation import HealthExpectation
from seakeep.health.form import mapping
from seakeep.health.remark import Finding, Remark
from seakeep.health.status import Status
from seakeep.observation import Attribute

__all__ = ["ForeignAnswerError", "content_remarks", "health_attributes", "read_account"]

_LESSER = (Status.DEGRADED, Status.UNHEALTHY)


class ForeignAnswerError(ValueError):
    """A failure, and no account of health with it: whoever answered, it was not the endpoint."""


def read_account(contract: Contract, status: int, document: object) -> Reading:
    """Return what an answer says.

    Raises:
        ForeignAnswerError: It is an error, such as that of a gateway which found nobody.
        ValueError: It is a success, and yet not of the contract.
    """
    said = [said for said, codes in contract.codes.items() if status in codes]
    if contract.read is not None:
        try:
            return contract.read(mapping(document, "body"))
        except ValueError as error:
            if Status.HEALTHY in said:
                raise
            if said:
                told = f"health: wanted an account of health with the status {status}, got none"
                raise ForeignAnswerError(f"{told} (wanted {error})") from None
            raise ForeignAnswerError(f"{_wanted_codes(contract)}, got {status}") from None
    if not said:
        raise ForeignAnswerError(f"{_wanted_codes(contract)}, got {status}")
    return Reading(said[0])


def _wanted_codes(contract: Contract) -> str:
    codes = dict.fromkeys(map(codes_text, contract.codes.values()))
    return f"health: wanted status {' or '.join(codes)}"


def _minor(contract: Contract, expected: HealthExpectation) -> frozenset[str]:
    return contract.minor if expected.minor is None else frozenset(expected.minor)


def content_remarks(
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


def _wanted_healthy(health: Status, parts: str) -> str:
    return f"health: wanted healthy, got {health}{f': {parts}' if parts else ''}"


def health_attributes(
    contract: Contract, reading: Reading, expected: HealthExpectation
) -> Mapping[str, Attribute]:
    """Return what an account says of the platform, for metrics and reports."""
    health = comes_to(contract, reading, _minor(contract, expected))
    is_degraded = health is Status.DEGRADED
    found: dict[str, Attribute] = {"health": str(health), "degraded": is_degraded}
    parts = names_of(reading.parts, *_LESSER)
    return {**found, "degraded_parts": parts} if is_degraded and parts else found
