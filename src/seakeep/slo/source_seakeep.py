"""Tallies an objective's events from Seakeep's own observations, in SQL."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, cast

from seakeep.histogram import Histogram
from seakeep.maintenance import Maintenance
from seakeep.observation import Outcome
from seakeep.slo.event_groups import Group, planned_events
from seakeep.slo.exclusion import experiment_sql, label, left_in, maintenance_sql
from seakeep.slo.indicator_sql import SHORTEST, any_bad, good_events, selects
from seakeep.slo.objective import ObservedRatio
from seakeep.slo.slices import merged, microseconds, nearest_length, summed
from seakeep.slo.verdict import Planned, Tally
from seakeep.store import Condition, Store, to_us

__all__ = ["MOST_CAUSES", "Scope", "tally_events"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_CAUSES = 3
"""How many causes a tally names."""

_BATCH_S = 1.0
"""The events of a batch are of one second of the clock; when in it each was, is not known."""

_VALID = Condition("outcome != ?", (Outcome.INVALID,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which observations are looked at: a platform's, between two times, perhaps of one run.

    Attributes:
        platform: The platform's name.
        start: The begin of the window, part of it (UTC).
        end: Its end, part of it too.
        run_id: The run, or ``None`` for all.
        maintenance: When the platform was worked on, with the reasons.
        exclude: What is left out.
        location: A glob for where the observer stood.
    """

    platform: str
    start: datetime
    end: datetime
    run_id: str | None = None
    maintenance: tuple[Maintenance, ...] = ()
    exclude: frozenset[Planned] = frozenset()
    location: str = "*"


def tally_events(
    store: Store,
    indicator: ObservedRatio,
    scope: Scope,
    *,
    slice_s: float = 0.0,
    share: float | None = None,
) -> Tally:
    """Return the tally of an indicator's events.

    Args:
        store: Where the observations are.
        indicator: Which of them are events, and which are good.
        scope: Which are looked at.
        slice_s: The length of the tally's slices, in seconds; 0 for one that suits the time that
            the events cover.
        share: The share for which the percentile of the durations is wanted.

    Raises:
        StoreError: The store can't be read.
    """
    events = [*_within(scope), *selects(indicator.events)]
    kept = [*events, *left_in(scope.maintenance, scope.exclude), _VALID]
    ends = _end(store, kept, "ASC"), _end(store, kept, "DESC")
    length_s = slice_s or nearest_length(_span_s(*ends))
    counted = good_events(indicator.good)
    groups = _groups(store, events, counted, (scope, length_s))
    tally = _summed(groups, length_s)
    bad = [*kept, any_bad(indicator.good)]
    return replace(
        tally,
        first_at=ends[0],
        last_at=ends[1],
        top_causes=_top_causes(store, bad, counted) if tally.bad else (),
        example=_example(store, bad) if tally.bad else "",
        quantile_s=_quantile(store, kept, share, None if _has_batches(groups) else tally.valid),
        quantile_share=share if tally.valid else None,
    )


def _summed(groups: list[Group], length_s: float) -> Tally:
    """Return what the groups tell by themselves; those that are left out are told apart."""
    inside = [group for group in groups if not group.excluded]
    good, valid = sum(group.good for group in inside), sum(group.valid for group in inside)
    slices = summed(length_s, ((g.slice, g.good, g.valid) for g in inside if g.valid))
    are_long = _has_batches(groups) and length_s < _BATCH_S
    return Tally(
        good=good,
        bad=valid - good,
        invalid=sum(group.invalid for group in inside),
        slices=merged(slices, _BATCH_S) if are_long else slices,
        planned=planned_events(groups),
    )


def _has_batches(groups: list[Group]) -> bool:
    return any(group.batches for group in groups if not group.excluded)


def _span_s(first_at: datetime | None, last_at: datetime | None) -> float:
    return (last_at - first_at).total_seconds() if first_at and last_at else 0.0


def _groups(
    store: Store, events: list[Condition], good: Condition, how: tuple[Scope, float]
) -> list[Group]:
    """Count events by slice, experiment and maintenance: the good, the valid, and all."""
    scope, length_s = how
    key = f"at_us / {microseconds(length_s)}, {experiment_sql()}, "
    key += maintenance_sql(scope.maintenance)
    is_valid = "outcome <> 'invalid'"
    columns = Condition(
        f"{key}, sum(CASE WHEN {is_valid} THEN {good.sql} ELSE 0 END), "
        f"sum(iif({is_valid}, events, 0)), sum(iif({is_valid}, 0, events)), "
        f"count(iif({is_valid}, durations, NULL))",
        good.parameters,
    )
    groups = []
    for row in store.select(columns, *events, tail="GROUP BY 1, 2, 3"):
        index, experiment, upkeep, *counts = cast("tuple[int, str, int, int, int, int, int]", row)
        reason = scope.maintenance[upkeep].reason if upkeep >= 0 else ""
        named = label(experiment, reason, scope.exclude)
        excluded = named is not None and named[0] in scope.exclude
        groups.append(Group(index, named, excluded, *counts))
    return groups


def _end(store: Store, kept: list[Condition], order: Literal["ASC", "DESC"]) -> datetime | None:
    rows = store.select("at_us", *kept, tail=f"ORDER BY at_us {order} LIMIT 1")
    return _time(rows[0][0]) if rows else None


def _quantile(
    store: Store, kept: list[Condition], share: float | None, single: int | None
) -> float | None:
    """The smallest duration that the share of events kept within: the nearest rank.

    Definition 1 of Hyndman and Fan, "Sample quantiles in statistical packages", The American
    Statistician 50 (1996), 361-365: always a duration that was seen, or with batches one within
    `seakeep.histogram.ACCURACY` of it.

    Args:
        store: Where the observations are.
        kept: Which of them count.
        share: The share; none is wanted without.
        single: How many there are, when each stands for one event.
    """
    if share is None:
        return None
    if single is None:
        return _near_quantile(store, kept, share)
    rank = max(1, math.ceil(share * single - 1e-9))
    tail = f"ORDER BY duration_s LIMIT 1 OFFSET {rank - 1}"
    rows = store.select("duration_s", *kept, tail=tail) if single else []
    return float(str(rows[0][0])) if rows else None


def _near_quantile(store: Store, kept: list[Condition], share: float) -> float | None:
    whole, shortest_s, longest_s = Histogram(), math.inf, 0.0
    columns = f"{SHORTEST}, duration_s, iif(events > 1, durations, NULL)"
    rows = cast("list[tuple[float, float, bytes | None]]", store.select(columns, *kept))
    for least_s, most_s, batch in rows:
        shortest_s, longest_s = min(shortest_s, least_s), max(longest_s, most_s)
        if batch is None:
            whole.add(most_s)
        else:
            whole.merge(Histogram.from_bytes(batch))
    found = whole.quantile(share)
    return None if found is None else max(shortest_s, min(found, longest_s))


def _top_causes(store: Store, bad: list[Condition], good: Condition) -> tuple[tuple[str, int], ...]:
    """The events of a batch that are bad but for its own cause were good but for a limit."""
    number = f"sum(events - {good.sql})"
    rows = store.select(
        Condition(
            f"CASE cause WHEN '' THEN 'slow' ELSE cause END AS why, {number} AS number",
            good.parameters,
        ),
        *bad,
        tail=f"GROUP BY why ORDER BY number DESC, why LIMIT {MOST_CAUSES}",
    )
    return tuple((str(cause), int(str(count))) for cause, count in rows)


def _example(store: Store, bad: list[Condition]) -> str:
    rows = store.select(
        "name, message", *bad, Condition("message != ''"), tail="ORDER BY at_us DESC LIMIT 1"
    )
    return "".join(f"{name}: {message}" for name, message in rows)


def _time(at_us: object) -> datetime | None:
    return _EPOCH + timedelta(microseconds=at_us) if isinstance(at_us, int) else None


def _within(scope: Scope) -> list[Condition]:
    window = (scope.platform, to_us(scope.start), to_us(scope.end))
    conditions = [Condition("platform = ? AND at_us >= ? AND at_us <= ?", window)]
    if scope.run_id is not None:
        conditions.append(Condition("run_id = ?", (scope.run_id,)))
    if scope.location != "*":
        conditions.append(Condition("location GLOB ?", (scope.location,)))
    return conditions
