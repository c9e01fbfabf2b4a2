"""Counts observations into slices of a minute: what is folded, and what a window's edges hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from seakeep.histogram import Histogram
from seakeep.observation import Attribute
from seakeep.slo.exclusion import experiment_sql
from seakeep.slo.indicator_sql import attribute_path, good_events, selects
from seakeep.slo.objective import Goodness, ObservedRatio
from seakeep.slo.rollup import MINUTE_S, Slice, SliceKey
from seakeep.store import Condition, Store

__all__ = ["count_events"]

_MINUTE_US = MINUTE_S * 1_000_000
_INVALID = -1
_DURATION = "duration_s"

_Row = tuple[int, str, str, int, int, float | None, bytes | None, str, str, str]


def count_events(
    store: Store, indicator: ObservedRatio, *conditions: Condition
) -> dict[SliceKey, Slice]:
    """Return an indicator's events by minute, of the observations that meet all conditions.

    Raises:
        StoreError: The store can't be read.
    """
    good, value = good_events(indicator.good), _value(indicator.good)
    # Of several events that are measured by their durations, the histogram tells.
    many = "iif(events > 1, durations, NULL)" if value.sql == _DURATION else "NULL"
    columns = Condition(
        f"at_us, location, {experiment_sql()}, "
        f"CASE WHEN outcome = 'invalid' THEN {_INVALID} ELSE {good.sql} END, events, "
        f"{value.sql}, {many}, cause, name, message",
        (*good.parameters, *value.parameters),
    )
    rows = store.select(columns, *conditions, *selects(indicator.events))
    return _by_minute(cast("Iterable[_Row]", rows))


def _value(good: Goodness) -> Condition:
    """What an event is measured by: the attribute that is limited, or else the duration."""
    attribute = good.attribute
    if attribute is None and good.threshold is not None:
        attribute = good.threshold.attribute
    if attribute is None or good.limits_duration:
        return Condition(_DURATION)
    path: tuple[Attribute, ...] = (attribute_path(attribute),) * 2
    found = "json_extract(attributes, ?)"
    return Condition(f"CASE WHEN typeof({found}) IN ('integer', 'real') THEN {found} END", path)


def _by_minute(rows: Iterable[_Row]) -> dict[SliceKey, Slice]:
    slices: dict[tuple[int, str, str], Slice] = {}
    values: dict[tuple[int, str, str], list[float]] = {}
    for at_us, location, planned, good, events, value, many, cause, name, message in rows:
        key = (at_us // _MINUTE_US, location, planned)
        one = slices.get(key)
        if one is None:
            one = slices[key] = Slice()
            values[key] = []
        if good == _INVALID:
            one.invalid += events
            continue
        one.saw(at_us, at_us)
        if many is not None:
            one.values.merge(Histogram.from_bytes(many))
        elif value is not None:
            values[key].append(value) if events == 1 else one.values.add(value, events)
        one.good += good
        if good < events:
            one.blame(cause, at_us, f"{name}: {message}" if message else "", events - good)
    for key, one in slices.items():
        one.values.merge(Histogram(values[key]))
    return {
        SliceKey(minute * MINUTE_S, location, planned): one
        for (minute, location, planned), one in slices.items()
    }
