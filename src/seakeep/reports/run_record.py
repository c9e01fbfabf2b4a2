"""The record that every report is made from: one run, whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from seakeep.observation import Observation
from seakeep.reports.objective_events import ObjectiveEvents
from seakeep.reports.scorecard import Scorecard
from seakeep.slo.verdict import Verdict

__all__ = ["PushOutcome", "RunReport", "RunStep", "StepState"]

StepState = Literal["passed", "failed", "refused", "error"]
"""How a step of a run ended.

``failed`` speaks of the platform, ``error`` of the tool; ``refused`` is a safety rule's no.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """One step of a run, such as its probes or its load.

    Attributes:
        name: What was done, such as ``probes`` or ``chaos``.
        state: How it ended.
        exit_code: The exit code it ended with, or ``None`` when it had none.
        duration_s: How long it took, in seconds.
        detail: More for a person; may be empty.
    """

    name: str
    state: StepState
    exit_code: int | None
    duration_s: float
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOutcome:
    """What came of a push to a Pushgateway.

    Attributes:
        ok: Whether every group was taken.
        groups: How many groups were taken.
        duration_s: How long all of it took, in seconds.
        error: What went wrong, told once; empty when nothing did.
    """

    ok: bool
    groups: int
    duration_s: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReport:
    """One run: what was watched, what was done, what was seen, and what may be claimed.

    Attributes:
        run_id: The run's id.
        platform_name: The platform's name in files and metrics.
        platform_title: Its name for people.
        environment: Its environment, such as ``staging``.
        base_url: Where it was reached.
        location: Where the observer stood.
        started_at: When the run began (UTC).
        ended_at: When it ended.
        verdicts: One for each objective that was judged.
        steps: What was done, in order.
        observations: What was seen, oldest first.
        push: What came of the push, or ``None`` when there was none.
        version: The version of Seakeep that made the run.
        events: The run's own events by objective, of those that had any.
        scorecard: How all experiments went of late, this run's among them; ``None`` when nobody
            asked.
    """

    run_id: str
    platform_name: str
    platform_title: str
    environment: str
    base_url: str
    location: str
    started_at: datetime
    ended_at: datetime
    verdicts: tuple[Verdict, ...]
    steps: tuple[RunStep, ...]
    observations: tuple[Observation, ...]
    version: str
    push: PushOutcome | None = None
    events: tuple[ObjectiveEvents, ...] = ()
    scorecard: Scorecard | None = None

    @property
    def duration_s(self) -> float:
        """Return how long the run took, in seconds."""
        return max(0.0, (self.ended_at - self.started_at).total_seconds())
