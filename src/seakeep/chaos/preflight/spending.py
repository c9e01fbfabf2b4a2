"""What earlier runs of an experiment took of the error budgets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seakeep.experiment_result import Cause, detail_of
from seakeep.observation import Kind
from seakeep.store import Condition, Store

__all__ = ["RUNS", "Spending", "spending"]

RUNS = 10
"""So many of the latest runs say what the next one will cost."""

_NOTHING_TRIED = (Cause.REFUSED, Cause.SKIPPED, Cause.CONFIGURATION)
_LATEST = """
id IN (
    SELECT id FROM observation
    WHERE platform = ? AND kind = ? AND name = ? AND cause NOT IN (?, ?, ?)
    ORDER BY at_us DESC LIMIT ?
)
"""


@dataclass(frozen=True, slots=True)
class Spending:
    """What earlier runs took.

    Attributes:
        runs: How many of them there were, `RUNS` at most.
        most: For each objective, the largest share of its error budget that one of them took.
    """

    runs: int
    most: Mapping[str, float]


def spending(store: Store, platform: str, experiment: str) -> Spending:
    """Return what the latest runs of an experiment took; those that tried nothing are no runs.

    Raises:
        StoreError: The store can't be read.
    """
    latest = Condition(_LATEST, (platform, Kind.CHAOS, experiment, *_NOTHING_TRIED, RUNS))
    results = [detail_of(observation) for observation in store.observations(latest)]
    most: dict[str, float] = {}
    for impact in (impact for result in results if result for impact in result.objectives):
        if impact.budget_spent is not None:
            most[impact.objective] = max(most.get(impact.objective, 0.0), impact.budget_spent)
    return Spending(len(results), most)
