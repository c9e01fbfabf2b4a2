"""The SQL of an indicator: which observations are its events, and how many of them are good."""

from __future__ import annotations

from seakeep.observation import Outcome
from seakeep.slo.objective import Goodness, Operator, Selector, Threshold
from seakeep.store import Condition

__all__ = ["SHORTEST", "all_good", "any_bad", "attribute_path", "good_events", "selects"]

_SQL_OPERATORS = {
    Operator.LESS_OR_EQUAL: "<=",
    Operator.LESS: "<",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.GREATER: ">",
}

SHORTEST = "coalesce(shortest_s, duration_s)"
"""The shortest of an observation's durations; one event is no batch, and has but one."""


def selects(events: Selector) -> list[Condition]:
    """Return the conditions of an indicator's events, whether valid or not."""
    marks = ", ".join("?" for _ in events.kinds)
    conditions = [Condition(f"kind IN ({marks})", events.kinds)]
    if events.name != "*":
        conditions.append(Condition("name GLOB ?", (events.name,)))
    if events.location != "*":
        conditions.append(Condition("location GLOB ?", (events.location,)))
    for key, value in events.attributes.items():
        conditions.append(
            Condition("json_extract(attributes, ?) = ?", (attribute_path(key), value))
        )
    if events.has_attribute is not None:
        path = (attribute_path(events.has_attribute),)
        conditions.append(Condition("json_extract(attributes, ?) IS NOT NULL", path))
    return conditions


def all_good(good: Goodness) -> Condition:
    """Return the condition of a valid observation whose events are all good; never NULL."""
    every = [*_apart_from_duration(good), *map(_every, good.duration_limits)]
    return _joined(every)


def any_bad(good: Goodness) -> Condition:
    """Return the condition of a valid observation of whose events one or more are bad."""
    condition = all_good(good)
    return Condition(f"NOT ({condition.sql})", condition.parameters)


def good_events(good: Goodness) -> Condition:
    """Return how many of a valid observation's events are good, as an SQL expression.

    Where a limit parts a batch, its histogram tells: see `Goodness.good_events`.
    """
    every = all_good(good)
    if not good.duration_limits:
        return Condition(f"CASE WHEN {every.sql} THEN events ELSE 0 END", every.parameters)
    apart = _joined(_apart_from_duration(good))
    reached = [_reached(limit) for limit in good.duration_limits if limit.operator.is_upper]
    short = [_reached(limit) for limit in good.duration_limits if not limit.operator.is_upper]
    within, below = _extreme("min", "events", reached), _extreme("max", "0", short)
    parted = f"max(0, {within.sql} - {below.sql})"
    return Condition(
        f"CASE WHEN {every.sql} THEN events WHEN durations IS NULL OR NOT ({apart.sql}) THEN 0 "
        f"ELSE {parted} END",
        (*every.parameters, *apart.parameters, *within.parameters, *below.parameters),
    )


def _apart_from_duration(good: Goodness) -> list[Condition]:
    """What all events of an observation have in common."""
    conditions = []
    if good.needs_good_outcome:
        conditions.append(Condition("outcome = ?", (Outcome.GOOD,)))
    if good.attribute is not None and good.max_value is not None:
        path = attribute_path(good.attribute)
        limit = "coalesce(json_extract(attributes, ?) <= ?, 0)"
        conditions.append(Condition(limit, (path, good.max_value)))
    if good.threshold is not None and good.threshold.attribute is not None:
        # A text is larger than every number in SQLite: without its type it would pass "at least 3".
        found, path = "json_extract(attributes, ?)", attribute_path(good.threshold.attribute)
        sign = _SQL_OPERATORS[good.threshold.operator]
        sql = f"(typeof({found}) IN ('integer', 'real') AND {found} {sign} ?)"
        conditions.append(Condition(sql, (path, path, good.threshold.value)))
    return conditions


def _every(limit: Threshold) -> Condition:
    """Whether all of an observation's durations compare as they must."""
    worst = "duration_s" if limit.operator.is_upper else SHORTEST
    return Condition(f"{worst} {_SQL_OPERATORS[limit.operator]} ?", (limit.value,))


def _reached(limit: Threshold) -> Condition:
    """How many of a batch's durations are on the short side of a limit.

    One at least and not all of them, when the limit lies between the shortest and the longest.
    """
    at_most = "<=" if limit.operator in {Operator.LESS_OR_EQUAL, Operator.GREATER} else "<"
    sql = (
        f"CASE WHEN duration_s {at_most} ? THEN events WHEN NOT (shortest_s {at_most} ?) THEN 0 "
        "ELSE max(1, min(events - 1, events_within(durations, ?))) END"
    )
    return Condition(sql, (limit.value,) * 3)


def _extreme(function: str, without: str, counts: list[Condition]) -> Condition:
    """SQLite's ``min`` and ``max`` of one value alone would be something else: of all rows."""
    if not counts:
        return Condition(without)
    listed = ", ".join([without, *(count.sql for count in counts)])
    parameters = tuple(parameter for count in counts for parameter in count.parameters)
    return Condition(f"{function}({listed})", parameters)


def _joined(conditions: list[Condition]) -> Condition:
    parameters = tuple(parameter for one in conditions for parameter in one.parameters)
    return Condition(" AND ".join(one.sql for one in conditions) or "TRUE", parameters)


def attribute_path(key: str) -> str:
    """Return where SQLite's JSON functions find an attribute."""
    return '$."' + key.replace('"', "") + '"'
