"""The fourth of the four records: how an objective fared, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from seakeep.slo.slices import Slices

__all__ = ["CONFIDENCE", "Independence", "Planned", "PlannedEvents", "State", "Tally", "Verdict"]

CONFIDENCE = 0.95
"""The confidence of each one-sided claim, ``met`` and ``breached``."""


class State(StrEnum):
    """What may be claimed of an objective."""

    MET = "met"
    BREACHED = "breached"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"


class Independence(StrEnum):
    """Whether the events look as if each failed or not by itself."""

    UNKNOWN = "can't be told"
    SOUND = "looks sound"
    BROKEN = "looks broken"


class Planned(StrEnum):
    """What a planned stretch of time was planned for."""

    CHAOS = "chaos"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedEvents:
    """The events of planned stretches of time, which are shown apart.

    Attributes:
        kind: What was planned.
        reason: The experiment's name, or the reason given for the maintenance.
        good: Good events in that time.
        valid: Good and bad events in that time.
        excluded: Whether the verdict leaves them out.
    """

    kind: Planned
    reason: str
    good: int
    valid: int
    excluded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The events of one objective in one window.

    Attributes:
        good: Events that were good.
        bad: Events that were not.
        invalid: Observations that said nothing of the platform; not counted as events.
        first_at: When the first event was, if there was one.
        last_at: When the last event was.
        top_causes: The commonest causes of bad events with their counts, commonest first.
        example: The message of the latest bad event.
        slices: The events by slices of time; of the budgeting's own length where it has one.
            ``None`` when the source can't tell.
        quantile_s: The smallest duration that `quantile_share` of the events kept within.
        quantile_share: That share, such as 0.95 for the 95th percentile.
        planned: The events in planned stretches of time; those excluded are in no other count.
    """

    good: int
    bad: int
    invalid: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    top_causes: tuple[tuple[str, int], ...] = ()
    example: str = ""
    slices: Slices | None = None
    quantile_s: float | None = None
    quantile_share: float | None = None
    planned: tuple[PlannedEvents, ...] = ()

    @property
    def valid(self) -> int:
        """Return the number of events: good and bad."""
        return self.good + self.bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An objective judged over one window.

    Attributes:
        objective: The objective's name.
        display_name: Its name for people.
        target: The share of events that must be good.
        window_start: Where the window begins (UTC).
        window_end: Where it ends.
        covered_s: How much of the window there are events for, in seconds.
        good: Good events.
        valid: Good and bad events.
        invalid: Observations that were left out, since the observer was unfit.
        estimate: The measured share, or ``None`` without events: good / valid, or the mean of the
            slices' ratios with ``RatioTimeslices``.
        lower: Lower confidence bound of the true share; 0 without events.
        upper: Upper confidence bound; 1 without events.
        state: What may be claimed at `CONFIDENCE`.
        budget_left: The share of the period's error budget that is left; negative when overspent.
        burn_rate: Error ratio over error budget; 1 spends the budget in exactly one period.
            Like all of the budget, ``None`` without events, and for a target of 100%, which has
            no budget.
        exhaustion_s: Seconds until what is left of the budget is gone at this burn rate;
            ``None`` for never.
        events_to_settle: About how many more events would settle an inconclusive verdict.
        reason: Why it is not met, in a sentence; empty when it is.
        unit: What `good`, `valid` and `events_to_settle` count.
        period_s: The time that the budget is for, in seconds: the window, or the whole period of a
            calendar window; 0 where it was not recorded.
        budget_total: The error ratio that the objective allows: one minus the target.
        budget_consumed: The share of the period's error budget that is gone.
        exhaustion_lower_s: The least time to exhaustion, from the lower bound of the share.
        exhaustion_upper_s: The most, from its upper bound; ``None`` for never.
        independence: Whether events look independent of one another.
        design_effect: The variance of the measured share over that of independent events.
        effective_n: How many independent events the measured ones are worth, where the lower
            bound was corrected by that; ``None`` where it was not.
        excluded: Events that were left out because they lay in planned stretches of time.
        planned: The events of planned stretches of time, left out or not.
        quantile_s: The percentile of the durations at `quantile_share`, for a limit on them.
        quantile_share: That share: 0.95 for the 95th percentile.
    """

    objective: str
    display_name: str
    target: float
    window_start: datetime
    window_end: datetime
    covered_s: float
    good: int
    valid: int
    invalid: int
    estimate: float | None
    lower: float
    upper: float
    state: State
    budget_left: float | None
    burn_rate: float | None
    exhaustion_s: float | None
    events_to_settle: int | None
    reason: str
    unit: Literal["events", "slices"] = "events"
    period_s: float = 0.0
    budget_total: float | None = None
    budget_consumed: float | None = None
    exhaustion_lower_s: float | None = None
    exhaustion_upper_s: float | None = None
    independence: Independence = Independence.UNKNOWN
    design_effect: float | None = None
    effective_n: float | None = None
    excluded: int = 0
    planned: tuple[PlannedEvents, ...] = ()
    quantile_s: float | None = None
    quantile_share: float | None = None

    @property
    def bad(self) -> int:
        """Return the number of bad events."""
        return self.valid - self.good
