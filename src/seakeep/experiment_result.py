"""What an experiment came to: in the journal, in the store, and as an exit code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from seakeep.observation import Attribute, Kind, Observation, Outcome

__all__ = [
    "DETAIL",
    "JOURNAL_KEY",
    "Cause",
    "ExperimentResult",
    "FaultImpact",
    "ObjectiveImpact",
    "PhaseVerdict",
    "Status",
    "detail_of",
]

DETAIL = "detail"
"""The attribute of an observation that holds the whole result, as JSON."""

JOURNAL_KEY = "seakeep"
"""Where the journal holds the result."""


class Status(StrEnum):
    """How it ended. ``deviated`` speaks of the platform, ``failed`` of the tool."""

    HELD = "held"
    DEVIATED = "deviated"
    REFUSED = "refused"
    SKIPPED = "skipped"
    FAILED = "failed"


class Cause(StrEnum):
    """Why it was not held."""

    NONE = ""
    DEVIATED = "deviated"
    REFUSED = "refused"
    SKIPPED = "skipped"
    OVERDUE = "overdue"
    NOT_INJECTED = "not-injected"
    NOT_RECOVERED = "not-recovered"
    INTERRUPTED = "interrupted"
    CONFIGURATION = "configuration"
    ERROR = "error"


_EXIT_CODES = {
    Status.HELD: 0,
    Status.DEVIATED: 1,
    Status.REFUSED: 3,
    Status.SKIPPED: 3,
    Status.FAILED: 4,
}
_NOT_ATTRIBUTES = {"experiment", "cause", "message", "injected_at", "window_s"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultImpact:
    """What one fault did to the platform.

    Attributes:
        fault: The fault, for people.
        injected_at: When it was asked for (ISO 8601, UTC).
        in_place_s: From then until it was confirmed, in seconds; ``None`` when it never was.
        window_s: From then until it was proven gone; ``None`` when that was not proven.
        detect_s: From then until a breach was proven; ``None`` when none was while it lasted.
        removed_s: From that proof until it was proven gone.
        recover_s: From its end (from its injection, for a kill) to the steady state.
        worst_error_ratio: The share of bad answers in the worst second while it lasted.
        worst_duration_s: The slowest answer while it lasted.
    """

    fault: str
    injected_at: str
    in_place_s: float | None = None
    window_s: float | None = None
    detect_s: float | None = None
    removed_s: float | None = None
    recover_s: float | None = None
    worst_error_ratio: float | None = None
    worst_duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseVerdict:
    """An objective in one phase of an experiment: ``before``, ``during`` or ``after``.

    Attributes:
        state: A `seakeep.slo.verdict.State`: met, breached, inconclusive or no_data.
        good: Good events.
        valid: Good and bad events.
    """

    state: str
    good: int
    valid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveImpact:
    """What an experiment did to one guarded objective.

    Attributes:
        objective: The objective's name.
        before: How it stood before the first fault.
        during: How it stood while a fault was in place.
        after: How it stood from the last fault's end to the steady state.
        budget_spent: The share of its period's error budget that went meanwhile: 0.01 is a
            hundredth of it. ``None`` where there is none, or the store could not tell.
        budget_left: The share that is left, negative when overspent.
    """

    objective: str
    before: PhaseVerdict
    during: PhaseVerdict
    after: PhaseVerdict
    budget_spent: float | None = None
    budget_left: float | None = None


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
        faults: What each fault did; the numbers above are those of all together.
        objectives: What became of each guarded objective.
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
    faults: tuple[FaultImpact, ...] = ()
    objectives: tuple[ObjectiveImpact, ...] = ()

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
        body: dict[str, object] = _known(asdict(self))
        return body

    @classmethod
    def from_json(cls, body: Mapping[str, object]) -> ExperimentResult:
        """Return the result that a journal holds.

        Raises:
            ValueError: The status or the cause is not one of ours.
            KeyError: One of them is missing.
            TypeError: Something else is missing, or is not what it should be.
        """
        known = {field.name for field in fields(cls)}
        body = {key: value for key, value in body.items() if key in known}
        return cls(
            **{  # type: ignore[arg-type]
                **body,
                "status": Status(str(body["status"])),
                "cause": Cause(str(body["cause"])),
                "faults": tuple(FaultImpact(**fault) for fault in _listed(body, "faults")),
                "objectives": tuple(_objective(one) for one in _listed(body, "objectives")),
            }
        )

    def observation(
        self, platform: str, *, at: datetime, location: str, run_id: str
    ) -> Observation:
        """Return the one observation of kind ``chaos`` that this run leaves in the store."""
        attributes: dict[str, Attribute] = {
            key: value
            for key, value in self.to_json().items()
            if key not in _NOT_ATTRIBUTES and isinstance(value, str | int | float | bool)
        }
        attributes[DETAIL] = json.dumps(self.to_json())
        return Observation(
            at=at,
            platform=platform,
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


def detail_of(observation: Observation) -> ExperimentResult | None:
    """Return the result that an observation of kind ``chaos`` holds; ``None`` when it holds none.

    Those that were recorded by an earlier version do not, nor do those of other tools.
    """
    try:
        return ExperimentResult.from_json(json.loads(str(observation.attributes[DETAIL])))
    except (KeyError, ValueError, TypeError, AttributeError):
        return None


def _listed(body: Mapping[str, object], key: str) -> list[dict[str, Any]]:
    found = body.get(key) or []
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise TypeError(f"{key}: wanted a list of mappings")
    return found


def _objective(body: Mapping[str, Any]) -> ObjectiveImpact:
    phases = {name: PhaseVerdict(**body[name]) for name in ("before", "during", "after")}
    return ObjectiveImpact(**{**body, **phases})


def _known(body: object) -> Any:  # noqa: ANN401 - JSON
    """Return JSON without what is ``None``."""
    if isinstance(body, dict):
        return {key: _known(value) for key, value in body.items() if value is not None}
    return [_known(one) for one in body] if isinstance(body, list | tuple) else body
