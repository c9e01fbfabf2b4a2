"""The runs of a platform's experiments over weeks, from the store."""

from __future__ import annotations

from datetime import datetime, timedelta

from seakeep.observation import Kind
from seakeep.plain import plain
from seakeep.platform import Platform
from seakeep.reports.experiment_run import ExperimentRun, read_run
from seakeep.reports.scorecard import RECENT, Scorecard, make_scorecard
from seakeep.store import Condition, Store, to_us

__all__ = ["PERIOD", "experiment_runs", "platform_scorecard"]

PERIOD = timedelta(days=30)
"""What a scorecard covers by default."""

_COMPARED = RECENT + timedelta(days=28)
"""At least so far back goes what recovery is compared with."""

# The index by time, which SQLite prefers where rows come in order of time, would look at every
# check in between: https://www.sqlite.org/lang_indexedby.html
_OF_CHAOS = """
    id IN (
        SELECT id FROM observation INDEXED BY observation_by_name
        WHERE kind <> 'load' AND platform = ? AND kind = ? AND at_us BETWEEN ? AND ?
    )
"""


def experiment_runs(
    store: Store, platform: str, since: datetime, until: datetime
) -> tuple[ExperimentRun, ...]:
    """Return the runs of all experiments of a platform between two moments, oldest first."""
    within = Condition(_OF_CHAOS, (platform, Kind.CHAOS, to_us(since), to_us(until)))
    return tuple(read_run(seen) for seen in store.observations(within))


def platform_scorecard(
    store: Store, watched: Platform, until: datetime, period: timedelta = PERIOD
) -> Scorecard | None:
    """Return a platform's scorecard; ``None`` where no experiment is declared, and none ever ran.

    Args:
        store: Where the runs are.
        watched: The platform; the experiments that it declares have a row even if they never ran.
        until: Where the period ends.
        period: How long it is.
    """
    runs = experiment_runs(store, watched.name, until - max(period, _COMPARED), until)
    declared = [plain(experiment.name, 200) for experiment in watched.experiments]
    card = make_scorecard(runs, since=until - period, until=until, declared=declared)
    return card if card.rows else None
