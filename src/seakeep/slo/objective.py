"""The third of the four records: a service-level objective, whatever its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Literal

from seakeep.observation import Attribute, Kind, Observation, Outcome
from seakeep.slo.alert_policy import AlertPolicy
from seakeep.slo.window import Window

__all__ = [
    "OCCURRENCES",
    "Budgeting",
    "Goodness",
    "Indicator",
    "Objective",
    "ObservedRatio",
    "Operator",
    "PrometheusRatio",
    "PrometheusRaw",
    "PrometheusThreshold",
    "Selector",
    "Threshold",
]


class Operator(StrEnum):
    """How a good value compares with a threshold, in OpenSLO's words."""

    LESS_OR_EQUAL = "lte"
    LESS = "lt"
    GREATER_OR_EQUAL = "gte"
    GREATER = "gt"

    def holds(self, value: float, threshold: float) -> bool:
        """Return whether a value compares so with a threshold; never for NaN."""
        match self:
            case Operator.LESS_OR_EQUAL:
                return value <= threshold
            case Operator.LESS:
                return value < threshold
            case Operator.GREATER_OR_EQUAL:
                return value >= threshold
            case Operator.GREATER:
                return value > threshold


_NO_ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Which observations are an objective's events: those that match every field.

    Attributes:
        kinds: The kinds that count.
        name: A glob for the observation's name, such as ``*`` or ``lti-*``.
        location: A glob for its location.
        attributes: Attributes it must have, with these values.
        has_attribute: An attribute it must have, of any value; for web vitals.
    """

    kinds: tuple[Kind, ...]
    name: str = "*"
    location: str = "*"
    attributes: Mapping[str, Attribute] = field(default_factory=lambda: _NO_ATTRIBUTES)
    has_attribute: str | None = None

    def matches(self, observation: Observation) -> bool:
        """Return whether the observation is one of the events."""
        have = observation.attributes
        return (
            observation.kind in self.kinds
            and fnmatchcase(observation.name, self.name)
            and fnmatchcase(observation.location, self.location)
            and all(have.get(key) == value for key, value in self.attributes.items())
            and (self.has_attribute is None or self.has_attribute in have)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """How a value of an event must compare with a limit.

    Attributes:
        operator: How a good value compares with `value`.
        value: The limit; in seconds for a duration.
        attribute: The attribute that is compared, such as ``lcp_ms``, or ``None`` for the duration.
    """

    operator: Operator
    value: float
    attribute: str | None = None

    def holds(self, observation: Observation) -> bool:
        """Return whether the value is there, is a number, and compares as it must."""
        if self.attribute is None:
            return self.operator.holds(observation.duration_s, self.value)
        found = observation.attributes.get(self.attribute)
        return isinstance(found, int | float) and self.operator.holds(found, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goodness:
    """When an event is good: its outcome is, where that counts, and it is within the limits.

    Attributes:
        needs_good_outcome: Whether its outcome must be good.
        max_duration_s: The longest it may take.
        attribute: The attribute that `max_value` limits, such as ``lcp_ms``.
        max_value: The largest value of that attribute.
        threshold: A limit with an operator of its own, for an attribute or the duration.
    """

    needs_good_outcome: bool = True
    max_duration_s: float | None = None
    attribute: str | None = None
    max_value: float | None = None
    threshold: Threshold | None = None

    @property
    def limits_duration(self) -> bool:
        """Return whether an event may take only so long, so that a percentile is worth showing."""
        limit = self.threshold
        upper = {Operator.LESS, Operator.LESS_OR_EQUAL}
        return self.max_duration_s is not None or (
            limit is not None and limit.attribute is None and limit.operator in upper
        )

    def is_good(self, observation: Observation) -> bool:
        """Return whether a valid event is good."""
        if self.needs_good_outcome and observation.outcome is not Outcome.GOOD:
            return False
        if self.max_duration_s is not None and observation.duration_s > self.max_duration_s:
            return False
        if self.threshold is not None and not self.threshold.holds(observation):
            return False
        if self.attribute is None or self.max_value is None:
            return True
        value = observation.attributes.get(self.attribute)
        return isinstance(value, int | float) and value <= self.max_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedRatio:
    """An indicator from Seakeep's own observations: which are events, and which are good.

    Attributes:
        events: Which observations count.
        good: When one of them is good.
    """

    events: Selector
    good: Goodness


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusRatio:
    """An indicator from two PromQL queries: good (or bad) over total.

    Attributes:
        total: The query for all events.
        good: The query for good events, or ``None`` when `bad` is given.
        bad: The query for bad events, or ``None`` when `good` is given.
        counter: Whether the series are counters, which only grow; else each value is a count.
        address: The Prometheus server's URL, or ``None`` for ``$SEAKEEP_PROMETHEUS``.
    """

    total: str
    good: str | None = None
    bad: str | None = None
    counter: bool = True
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusRaw:
    """An indicator from one PromQL query that gives a ratio itself, between 0 and 1.

    Attributes:
        query: The query.
        raw_type: Whether the ratio is that of ``success`` or of ``failure``.
        address: The Prometheus server's URL, or ``None`` for ``$SEAKEEP_PROMETHEUS``.
    """

    query: str
    raw_type: Literal["success", "failure"]
    address: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrometheusThreshold:
    """An indicator from one PromQL query whose every sample is an event.

    Attributes:
        query: The query.
        operator: How a good sample compares with `value`.
        value: The threshold.
        address: The Prometheus server's URL, or ``None`` for ``$SEAKEEP_PROMETHEUS``.
    """

    query: str
    operator: Operator
    value: float
    address: str | None = None


Indicator = ObservedRatio | PrometheusRatio | PrometheusRaw | PrometheusThreshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgeting:
    """What the error budget is counted in: OpenSLO's ``budgetingMethod``.

    Attributes:
        method: ``Occurrences`` counts events; ``Timeslices`` counts slices of time that are good;
            ``RatioTimeslices`` averages the slices' ratios.
        slice_s: The length of a slice, in seconds; 0 for ``Occurrences``.
        slice_target: The ratio that makes a slice good, for ``Timeslices``.
    """

    method: Literal["Occurrences", "Timeslices", "RatioTimeslices"] = "Occurrences"
    slice_s: float = 0.0
    slice_target: float | None = None


OCCURRENCES = Budgeting()


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What share of the events must be good, over which window.

    Attributes:
        name: Unique within the platform; the ``objective`` label of metrics.
        display_name: The name for people.
        description: What it promises, in a sentence.
        service: The OpenSLO service it belongs to.
        target: The share that must be good, between 0 and 1.
        window: The time it is promised over.
        indicator: What is counted.
        budgeting: What the budget is counted in.
        place: The file and line it was read from.
        alert_policies: When people are told that its budget burns.
    """

    name: str
    display_name: str
    description: str
    service: str
    target: float
    window: Window
    indicator: Indicator
    place: str
    budgeting: Budgeting = OCCURRENCES
    alert_policies: tuple[AlertPolicy, ...] = ()

    @property
    def error_budget(self) -> float:
        """Return the share of events that may be bad: one minus the target."""
        return 1.0 - self.target

    def counts(self, kind: Kind) -> bool:
        """Return whether observations of a kind can be events; never for PromQL."""
        return isinstance(self.indicator, ObservedRatio) and kind in self.indicator.events.kinds

    def is_event(self, observation: Observation) -> bool:
        """Return whether an observation is one of the events; never for PromQL."""
        indicator = self.indicator
        return isinstance(indicator, ObservedRatio) and indicator.events.matches(observation)

    def is_good(self, observation: Observation) -> bool:
        """Return whether an event is good."""
        indicator = self.indicator
        return isinstance(indicator, ObservedRatio) and indicator.good.is_good(observation)
