"""What an experiment came to: in the journal, in the store, and as an exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum

from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.platform import Platform

__all__ = ["JOURNAL_KEY", "Cause", "ExperimentResult", "Status"]

JOURNAL_KEY = "seakeep"
"""Where the journal holds the result."""


class Status(StrEnum):
    """How it ended. ``deviated`` speaks of the platform, ``failed`` of the tool."""

    HELD = "held"
    DEVIATED = "deviated"
    REFUSED = "refused"
    FAILED = "failed"


class Cause(StrEnum):
    """Why it was not held."""

    NONE = ""
    DEVIATED = "deviated"
    REFUSED = "refused"
    NOT_INJECTED = "not-injected"
    NOT_RECOVERED = "not-recovered"
    INTERRUPTED = "interrupted"
    CONFIGURATION = "configuration"
    ERROR = "error"


_EXIT_CODES = {
    Status.HELD: 0,
    Status.DEVIATED: 1,
    Status.REFUSED: 3,
    Status.FAILED: 4,
}
_NOT_ATTRIBUTES = {"experiment", "cause", "message", "injected_at", "window_s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResult:
    """What one run of an experiment came to.

    Attributes:
        experiment: The experiment's name.
        status: How it ended.
        cause: Why it was not held, for machines.
        message: The same for a person.
        fault: What was injected; empty when nothing was.
        injected_at: When (ISO 8601, UTC); empty when nothing was.
        window_s: From the injection until the fault was proven gone, in seconds.
        detect_s: From the injection until the breach was proven.
        removed_s: From that proof until the fault was proven gone.
        recover_s: From the fault's end (from the injection, for a kill) to the steady state.
        worst_error_ratio: The share of bad answers in the worst second of the fault.
        worst_duration_s: The slowest answer during the fault.
        baseline_p50_s: The median duration of the checks before.
        during_p50_s: The same while the fault was in place.
    """

    experiment: str
    status: Status
    cause: Cause = Cause.NONE
    message: str = ""
    fault: str = ""
    injected_at: str = ""
    window_s: float = 0.0
    detect_s: float | None = None
    removed_s: float | None = None
    recover_s: float | None = None
    worst_error_ratio: float | None = None
    worst_duration_s: float | None = None
    baseline_p50_s: float | None = None
    during_p50_s: float | None = None

    @property
    def exit_code(self) -> int:
        """Return 0 held, 1 deviated, 2 files or surroundings are off, 3 refused, 4 failed."""
        return 2 if self.cause is Cause.CONFIGURATION else _EXIT_CODES[self.status]

    @property
    def outcome(self) -> Outcome:
        """Return what it says of the platform; nothing when nothing was proven."""
        if self.status is Status.HELD:
            return Outcome.GOOD
        of_the_platform = self.status is Status.DEVIATED or self.cause is Cause.NOT_RECOVERED
        return Outcome.BAD if of_the_platform else Outcome.INVALID

    def to_json(self) -> dict[str, object]:
        """Return what the journal holds; what is not known is left out."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> ExperimentResult:
        """Return the result that a journal holds.

        Raises:
            ValueError: The status or the cause is not one of ours.
            KeyError: One of them is missing.
            TypeError: Something else is missing.
        """
        known = {field.name for field in fields(cls)}
        body = {key: value for key, value in body.items() if key in known}
        status, cause = Status(str(body["status"])), Cause(str(body["cause"]))
        return cls(**{**body, "status": status, "cause": cause})  # type: ignore[arg-type]

    def observation(
        self, platform: Platform, *, at: datetime, location: str, run_id: str
    ) -> Observation:
        """Return the one observation of kind ``chaos`` that this run leaves in the store."""
        attributes: dict[str, Attribute] = {
            key: value
            for key, value in self.to_json().items()
            if key not in _NOT_ATTRIBUTES and isinstance(value, str | int | float | bool)
        }
        return Observation(
            at=at,
            platform=platform.name,
            kind=Kind.CHAOS,
            name=self.experiment,
            location=location,
            run_id=run_id,
            outcome=self.outcome,
            duration_s=self.window_s,
            cause=self.cause.value,
            message=self.message,
            attributes=attributes,
        )
