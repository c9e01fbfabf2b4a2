"""The SQL of an indicator: which observations are its events, and which of them are good."""

from __future__ import annotations

from seakeep.observation import Attribute, Outcome
from seakeep.slo.objective import Goodness, Operator, Selector, Threshold
from seakeep.store import Condition

__all__ = ["attribute_path", "is_bad", "is_good", "selects"]

_SQL_OPERATORS = {
    Operator.LESS_OR_EQUAL: "<=",
    Operator.LESS: "<",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.GREATER: ">",
}


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


def is_good(good: Goodness) -> Condition:
    """Return the condition of a good one among valid events; never NULL."""
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
        parameters += [attribute_path(good.attribute), good.max_value]
    if good.threshold is not None:
        limit = _holds(good.threshold)
        parts.append(limit.sql)
        parameters += limit.parameters
    return Condition(" AND ".join(parts) or "TRUE", tuple(parameters))


def _holds(threshold: Threshold) -> Condition:
    sign = _SQL_OPERATORS[threshold.operator]
    if threshold.attribute is None:
        return Condition(f"duration_s {sign} ?", (threshold.value,))
    # A text is larger than every number in SQLite: without its type it would pass "at least 3".
    found, path = "json_extract(attributes, ?)", attribute_path(threshold.attribute)
    sql = f"(typeof({found}) IN ('integer', 'real') AND {found} {sign} ?)"
    return Condition(sql, (path, path, threshold.value))


def is_bad(good: Goodness) -> Condition:
    """Return the condition of a bad one among valid events."""
    condition = is_good(good)
    return Condition(f"NOT ({condition.sql})", condition.parameters)


def attribute_path(key: str) -> str:
    """Return where SQLite's JSON functions find an attribute."""
    return '$."' + key.replace('"', "") + '"'
