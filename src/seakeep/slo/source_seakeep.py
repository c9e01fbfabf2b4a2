"""Tallies an objective's events from Seakeep's own observations, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from seakeep.observation import Attribute, Outcome
from seakeep.slo.objective import Goodness, ObservedRatio, Operator, Selector, Threshold
from seakeep.slo.verdict import Tally
from seakeep.store import Condition, Store, to_us

__all__ = ["Scope", "tally_events"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_CAUSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which observations are looked at: a platform's, between two times, perhaps of one run."""

    platform: str
    start: datetime
    end: datetime
    run_id: str | None = None


def tally_events(store: Store, indicator: ObservedRatio, scope: Scope) -> Tally:
    """Return the tally of an indicator's events.

    Raises:
        StoreError: The store can't be read.
    """
    conditions = [*_within(scope), *_selects(indicator.events)]
    valid = Condition("outcome != ?", (Outcome.INVALID,))
    good = _is_good(indicator.good)
    good_count, _, _ = _count(store, *conditions, valid, good)
    valid_count, first_at, last_at = _count(store, *conditions, valid)
    all_count, _, _ = _count(store, *conditions)
    bad = [*conditions, valid, Condition(f"NOT ({good.sql})", good.parameters)]
    return Tally(
        good=good_count,
        bad=valid_count - good_count,
        invalid=all_count - valid_count,
        first_at=first_at,
        last_at=last_at,
        top_causes=_top_causes(store, bad) if valid_count > good_count else (),
        example=_example(store, bad) if valid_count > good_count else "",
    )


def _count(store: Store, *conditions: Condition) -> tuple[int, datetime | None, datetime | None]:
    ((count, first_us, last_us),) = store.select("count(*), min(at_us), max(at_us)", *conditions)
    return int(str(count)), _time(first_us), _time(last_us)


def _top_causes(store: Store, bad: list[Condition]) -> tuple[tuple[str, int], ...]:
    rows = store.select(
        "CASE cause WHEN '' THEN 'slow' ELSE cause END AS why, count(*)",
        *bad,
        tail=f"GROUP BY why ORDER BY count(*) DESC, why LIMIT {_MOST_CAUSES}",
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
    return conditions


def _selects(events: Selector) -> list[Condition]:
    marks = ", ".join("?" for _ in events.kinds)
    conditions = [Condition(f"kind IN ({marks})", events.kinds)]
    if events.name != "*":
        conditions.append(Condition("name GLOB ?", (events.name,)))
    if events.location != "*":
        conditions.append(Condition("location GLOB ?", (events.location,)))
    for key, value in events.attributes.items():
        conditions.append(Condition("json_extract(attributes, ?) = ?", (_path(key), value)))
    if events.has_attribute is not None:
        path = (_path(events.has_attribute),)
        conditions.append(Condition("json_extract(attributes, ?) IS NOT NULL", path))
    return conditions


def _is_good(good: Goodness) -> Condition:
    parts: list[str] = []
    parameters: list[Attribute] = []
    if good.needs_good_outcome:
        parts.append("outcome = ?")
        parameters.append(Outcome.GOOD)
    if good.max_duration_s is not None:
        parts.append("duration_s <= ?")
        parameters.append(good.max_duration_s)
    if good.attribute is not None and good.max_value is not None:
        parts.append("coalesce(json_extract(attributes, ?) <= ?, 0)")
        parameters += [_path(good.attribute), good.max_value]
    if good.threshold is not None:
        limit = _holds(good.threshold)
        parts.append(limit.sql)
        parameters += limit.parameters
    return Condition(" AND ".join(parts) or "TRUE", tuple(parameters))


_SQL_OPERATORS = {
    Operator.LESS_OR_EQUAL: "<=",
    Operator.LESS: "<",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.GREATER: ">",
}


def _holds(threshold: Threshold) -> Condition:
    sign = _SQL_OPERATORS[threshold.operator]
    if threshold.attribute is None:
        return Condition(f"duration_s {sign} ?", (threshold.value,))
    # A text is larger than every number in SQLite: without its type it would pass "at least 3".
    found, path = "json_extract(attributes, ?)", _path(threshold.attribute)
    sql = f"(typeof({found}) IN ('integer', 'real') AND {found} {sign} ?)"
    return Condition(sql, (path, path, threshold.value))


def _path(key: str) -> str:
    return '$."' + key.replace('"', "") + '"'
