"""Accounts of health that are understood, not only fetched: contracts, a file each."""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading
from seakeep.health.contracts import CONTRACTS
from seakeep.health.expectation import HealthExpectation

__all__ = ["CONTRACTS", "Contract", "HealthExpectation", "Reading"]
