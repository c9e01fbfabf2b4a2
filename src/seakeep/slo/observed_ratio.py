"""An indicator from Seakeep's own observations: which are events, and which of these are good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType

from seakeep.observation import Attribute, Batch, Kind, Observation, Outcome

__all__ = ["Goodness", "ObservedRatio", "Operator", "Selector", "Threshold"]


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

    @property
    def is_upper(self) -> bool:
        """Return whether the threshold is the most that a good value may be."""
        return self in {Operator.LESS, Operator.LESS_OR_EQUAL}


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
        """Return whether all values that are compared are there, are numbers, and compare so."""
        if self.attribute is None:
            longest_s, batch = observation.duration_s, observation.batch
            shortest_s = longest_s if batch is None else batch.shortest_s
            return self.operator.holds(
                longest_s if self.operator.is_upper else shortest_s, self.value
            )
        found = observation.attributes.get(self.attribute)
        return isinstance(found, int | float) and self.operator.holds(found, self.value)

    def reached(self, observation: Observation, batch: Batch) -> int:
        """Return how many of a batch's durations are on the short side of the limit.

        One at least and not all of them, when the limit lies between the shortest and the longest.
        """
        takes_in = self.operator in {Operator.LESS_OR_EQUAL, Operator.GREATER}
        short = Operator.LESS_OR_EQUAL if takes_in else Operator.LESS
        if short.holds(observation.duration_s, self.value):
            return batch.count
        if not short.holds(batch.shortest_s, self.value):
            return 0
        return max(1, min(batch.count - 1, batch.durations.count_within(self.value)))


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
    def duration_limits(self) -> tuple[Threshold, ...]:
        """Return the limits on the duration."""
        found = []
        if self.max_duration_s is not None:
            found.append(Threshold(operator=Operator.LESS_OR_EQUAL, value=self.max_duration_s))
        if self.threshold is not None and self.threshold.attribute is None:
            found.append(self.threshold)
        return tuple(found)

    @property
    def limits_duration(self) -> bool:
        """Return whether an event may take only so long, so that a percentile is worth showing."""
        return any(limit.operator.is_upper for limit in self.duration_limits)

    def is_good(self, observation: Observation) -> bool:
        """Return whether a valid event is good; of a batch, whether all of its events are."""
        return self._is_good_apart(observation) and all(
            limit.holds(observation) for limit in self.duration_limits
        )

    def good_events(self, observation: Observation) -> int:
        """Return how many of a valid observation's events are good.

        Exactly, unless a limit on the duration parts a batch: then the batch's histogram tells, in
        which the limit lies within a bucket, `seakeep.histogram.ACCURACY` wide to either side.
        """
        batch = observation.batch
        if self.is_good(observation):
            return observation.events
        if batch is None or not self._is_good_apart(observation):
            return 0
        limits = self.duration_limits
        upper = [limit.reached(observation, batch) for limit in limits if limit.operator.is_upper]
        lower = [
            limit.reached(observation, batch) for limit in limits if not limit.operator.is_upper
        ]
        return max(0, min(upper, default=batch.count) - max(lower, default=0))

    def _is_good_apart(self, observation: Observation) -> bool:
        """Whether what all events of an observation have in common is good."""
        if self.needs_good_outcome and observation.outcome is not Outcome.GOOD:
            return False
        limit = self.threshold
        if limit is not None and limit.attribute is not None and not limit.holds(observation):
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
