"""One run in the store: from when to when it was, and which objectives it says something of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from seakeep.errors import UsageError
from seakeep.slo.objective import Objective, ObservedRatio
from seakeep.store import Condition, Store

__all__ = ["LATEST", "RunSpan", "covering", "find_run"]

LATEST = "latest"
"""What a person writes for the platform's latest run."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SHORTEST = timedelta(seconds=1)  # a rate wants some time; a batch is of a whole second anyway


@dataclass(frozen=True, slots=True)
class RunSpan:
    """When a run saw what.

    Attributes:
        run_id: The run's id.
        first_at: When the first of its observations began (UTC).
        last_at: When the last one did; a second after the first, at least.
        kinds: Who saw it: the kinds of its observations.
    """

    run_id: str
    first_at: datetime
    last_at: datetime
    kinds: frozenset[str]


def find_run(store: Store, platform: str, asked: str) -> RunSpan:
    """Return a run by its id, or the ``latest``; one that was killed is there as far as it came.

    Raises:
        UsageError: There is no such run of the platform.
        StoreError: The store can't be read.
    """
    run_id = (store.latest_run_id(platform) or "") if asked == LATEST else asked
    rows = store.select(
        "kind, min(at_us), max(at_us)",
        Condition("platform = ? AND run_id = ?", (platform, run_id)),
        tail="GROUP BY kind",
    )
    if not rows:
        wanted = f"a run of {platform} in the store, or {LATEST}"
        raise UsageError(f"--run: found {asked!r}; wanted {wanted}")
    first_at = _moment(min(int(str(first_us)) for _, first_us, _ in rows))
    last_at = _moment(max(int(str(last_us)) for _, _, last_us in rows))
    return RunSpan(
        run_id=run_id,
        first_at=first_at,
        last_at=max(last_at, first_at + _SHORTEST),
        kinds=frozenset(str(kind) for kind, _, _ in rows),
    )


def covering(objectives: tuple[Objective, ...], run: RunSpan) -> tuple[Objective, ...]:
    """Return the objectives that count what a run saw; Prometheus knows no runs.

    Raises:
        UsageError: There is none.
    """
    found = tuple(
        objective
        for objective in objectives
        if isinstance(objective.indicator, ObservedRatio)
        and not run.kinds.isdisjoint(objective.indicator.events.kinds)
    )
    if not found:
        saw = ", ".join(sorted(run.kinds))
        raise UsageError(f"--run: no objective covers what run {run.run_id} saw ({saw})")
    return found


def _moment(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)
