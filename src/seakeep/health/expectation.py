"""What a check expects of an account of health: ``health: services-list``, or more in detail."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from seakeep.health.contracts import CONTRACTS
from seakeep.health.status import Status
from seakeep.validation import FileModel, Seconds, Sequence_

__all__ = ["HealthExpectation"]


def _contract(value: str) -> str:
    if value not in CONTRACTS:
        raise ValueError(f"a contract among {', '.join(sorted(CONTRACTS))}")
    return value


class HealthExpectation(FileModel):
    """Which contract, and how strictly.

    Attributes:
        contract: The contract's name.
        max_age_s: The oldest that the answer's own timestamp may be; older is a cached answer.
        degraded: Whether a degraded platform is good; by default it is when it says 200.
        minor: The parts without which the platform is degraded, not unhealthy; by default as the
            contract has it.
        cache: Whether the answer must forbid storing, only must not allow it, or may even allow
            it; by default as the contract has it.
    """

    contract: Annotated[str, AfterValidator(_contract)]
    max_age_s: Seconds = Field(default=30.0, alias="max_age")
    degraded: Literal["as-served", "good", "bad"] = "as-served"
    minor: Sequence_[str] | None = None
    cache: Literal["as-contracted", "must-forbid", "may-be-silent", "may-allow"] = "as-contracted"

    @model_validator(mode="before")
    @classmethod
    def _by_name(cls, value: object) -> object:
        return {"contract": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _can_be_degraded(self) -> Self:
        if self.minor and Status.DEGRADED not in CONTRACTS[self.contract].codes:
            raise ValueError("no key 'minor': an account of this contract is never degraded")
        return self
