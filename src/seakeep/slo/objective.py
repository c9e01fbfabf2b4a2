"""The third of the four records: a service-level objective, whatever its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from seakeep.observation import Kind, Observation
from seakeep.slo.alert_policy import AlertPolicy
from seakeep.slo.observed_ratio import Goodness, ObservedRatio, Operator, Selector, Threshold
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

    @property
    def duration_limits(self) -> tuple[Threshold, ...]:
        """Return the limits on the duration of a good event; none for PromQL."""
        indicator = self.indicator
        return indicator.good.duration_limits if isinstance(indicator, ObservedRatio) else ()

    @property
    def limits_duration(self) -> bool:
        """Return whether a good event may take only so long; never for PromQL."""
        return any(limit.operator.is_upper for limit in self.duration_limits)

    def is_event(self, observation: Observation) -> bool:
        """Return whether an observation is one of the events; never for PromQL."""
        indicator = self.indicator
        return isinstance(indicator, ObservedRatio) and indicator.events.matches(observation)

    def is_good(self, observation: Observation) -> bool:
        """Return whether an event is good; of a batch, whether all of its events are."""
        indicator = self.indicator
        return isinstance(indicator, ObservedRatio) and indicator.good.is_good(observation)

    def good_events(self, observation: Observation) -> int:
        """Return how many of a valid event's or batch's events are good; see `Goodness`."""
        indicator = self.indicator
        return (
            indicator.good.good_events(observation) if isinstance(indicator, ObservedRatio) else 0
        )
