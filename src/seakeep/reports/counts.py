"""How many events of one thing were good, bad and invalid, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from seakeep.observation import Observation, Outcome
from seakeep.plain import plain

__all__ = ["Counts", "count_outcomes", "top_causes"]

_CAUSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Observations by outcome."""

    good: int = 0
    bad: int = 0
    invalid: int = 0

    @property
    def valid(self) -> int:
        """Return the number of observations that say something of the platform."""
        return self.good + self.bad

    @property
    def total(self) -> int:
        """Return the number of all observations."""
        return self.good + self.bad + self.invalid


def count_outcomes(observations: Iterable[Observation]) -> Counts:
    """Count observations by outcome; a batch counts as the events that it stands for."""
    tally: Counter[Outcome] = Counter()
    for each in observations:
        tally[each.outcome] += each.events
    return Counts(good=tally[Outcome.GOOD], bad=tally[Outcome.BAD], invalid=tally[Outcome.INVALID])


def top_causes(
    observations: Iterable[Observation], outcome: Outcome = Outcome.BAD
) -> tuple[tuple[str, int], ...]:
    """Return the commonest causes of one outcome with their counts, commonest first."""
    tally: Counter[str] = Counter()
    for each in observations:
        if each.outcome is outcome:
            tally[each.cause] += each.events
    return tuple(
        (plain(cause, 80) or "no cause given", number)
        for cause, number in tally.most_common(_CAUSES)
    )
