"""A run as the store has it, made into the record that reports are made from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import seakeep
from seakeep.errors import UsageError
from seakeep.observation import Kind, Observation
from seakeep.platform import Platform
from seakeep.reports.experiment_history import platform_scorecard
from seakeep.reports.objective_events import count_events
from seakeep.reports.run_record import RunReport
from seakeep.run.selection import of_run
from seakeep.slo.objective import Objective
from seakeep.store import Condition, Store, to_us

__all__ = ["stored_run"]

_LOOKS_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=7))
_LONGEST = timedelta(days=1)


def stored_run(
    store: Store,
    watched: Platform,
    run_id: str,
    objectives: tuple[Objective, ...],
    seen_at: datetime | None = None,
) -> RunReport:
    """Return a run from the store, without verdicts.

    Args:
        store: Where it is.
        watched: Its platform.
        run_id: The run.
        objectives: What its events are counted for.
        seen_at: A time within the run, where one is known.

    Raises:
        UsageError: There is no such run.
    """
    seen = _observations(store, watched.name, run_id, seen_at)
    if not seen:
        raise UsageError(f"no run {run_id or 'at all'} of {watched.name} in {store.file}")
    broke = any(one.kind is Kind.CHAOS for one in seen)
    return RunReport(
        run_id=run_id,
        platform_name=watched.name,
        platform_title=watched.title,
        environment=watched.environment.value,
        base_url=watched.base_url,
        location=seen[-1].location,
        started_at=seen[0].at,
        ended_at=seen[-1].at,
        verdicts=(),
        steps=(),
        observations=seen,
        version=seakeep.__version__,
        events=count_events(objectives, seen),
        scorecard=platform_scorecard(store, watched, datetime.now(UTC)) if broke else None,
    )


def _observations(
    store: Store, platform: str, run_id: str, seen_at: datetime | None
) -> tuple[Observation, ...]:
    """Look back further and further: the store finds a run by time, not by its id.

    No run is silent for half of a look back, so one that begins in its later half is whole.
    """
    until = seen_at + _LONGEST if seen_at else None
    upto = (Condition("at_us <= ?", (to_us(until),)),) if until else ()
    for back in _LOOKS_BACK:
        since = (seen_at or datetime.now(UTC)) - back
        seen = tuple(store.observations(of_run(platform, run_id, since), *upto))
        if seen and seen[0].at > since + back / 2:
            return seen
    return tuple(store.observations(of_run(platform, run_id), *upto))
