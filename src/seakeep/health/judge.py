"""Whether an account of health keeps its contract, agrees with itself, and is of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from seakeep.causes import Cause, Failure
from seakeep.health.account import (
    ForeignAnswerError,
    content_remarks,
    health_attributes,
    read_account,
)
from seakeep.health.contract import Contract, Storing
from seakeep.health.contracts import CONTRACTS
from seakeep.health.expectation import HealthExpectation
from seakeep.health.freshness import Freshness
from seakeep.health.remark import Finding, Remark
from seakeep.health.storing import storing_remarks
from seakeep.observation import Attribute

__all__ = ["NOT_JSON", "HealthVerdict", "judge_health"]

NOT_JSON: Final = object()
"""The document of an answer whose body is not JSON."""


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
        document: Its body as JSON, or `NOT_JSON`; not looked at where the contract does not read
            the body.
        at: When the answer was there, by this observer's clock; an aware time.
    """
    contract = CONTRACTS[expected.contract]
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    attributes: dict[str, Attribute] = {}
    remarks: list[Remark] = []
    try:
        reading = read_account(contract, status, document)
    except ForeignAnswerError as error:
        return HealthVerdict((Failure(Cause.STATUS, str(error)),), attributes)
    except ValueError as error:
        remarks.append(_not_json() if document is NOT_JSON else _not_of_its_form(error))
    else:
        remarks += content_remarks(contract, reading, expected, status)
        attributes |= health_attributes(contract, reading, expected)
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


def _said_at(contract: Contract, document: object, remarks: list[Remark]) -> datetime | None:
    """Return when an account says that it was true; one that says it wrongly fails by that."""
    if not contract.reads_body or not isinstance(document, dict):
        return None
    try:
        return contract.said_at(document)
    except ValueError as error:
        remarks.append(_not_of_its_form(error))
        return None


def _not_json() -> Failure:
    return Failure(Cause.JSON, "health: wanted JSON, got another body")


def _not_of_its_form(error: ValueError) -> Failure:
    return Failure(Cause.CONTRACT, f"health: wanted {error}")
