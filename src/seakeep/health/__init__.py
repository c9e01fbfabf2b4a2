"""Accounts of health that are understood, not only fetched: contracts, a file each."""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading, Storing
from seakeep.health.contracts import CONTRACTS
from seakeep.health.expectation import HealthExpectation
from seakeep.health.judge import NOT_JSON, HealthVerdict, judge_health
from seakeep.health.status import Status

__all__ = [
    "CONTRACTS",
    "NOT_JSON",
    "Contract",
    "HealthExpectation",
    "HealthVerdict",
    "Reading",
    "Status",
    "Storing",
    "judge_health",
]
