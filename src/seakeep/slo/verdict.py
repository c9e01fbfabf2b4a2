"""The fourth of the four records: how an objective fared, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["CONFIDENCE", "State", "Tally", "Verdict"]

CONFIDENCE = 0.95
"""The confidence of each one-sided claim, ``met`` and ``breached``."""


class State(StrEnum):
    """What may be claimed of an objective."""

    MET = "met"
    BREACHED = "breached"
    INCONCLUSIVE = "inconclusive"
    NO_DATA = "no_data"


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
    """

    good: int
    bad: int
    invalid: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    top_causes: tuple[tuple[str, int], ...] = ()
    example: str = ""

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
        estimate: good / valid, or ``None`` without events.
        lower: Lower confidence bound of the true share; 0 without events.
        upper: Upper confidence bound; 1 without events.
        state: What may be claimed at `CONFIDENCE`.
        budget_left: The share of the window's error budget that is left; negative when overspent.
        burn_rate: Error ratio over error budget; 1 spends the budget in exactly one window.
        exhaustion_s: Seconds until the budget is gone at this burn rate; ``None`` for never.
        events_to_settle: About how many more events would settle an inconclusive verdict.
        reason: Why it is not met, in a sentence; empty when it is.
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

    @property
    def bad(self) -> int:
        """Return the number of bad events."""
        return self.valid - self.good
