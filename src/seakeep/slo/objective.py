"""The third of the four records: a service-level objective, whatever its source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from seakeep.observation import Attribute, Kind, Observation, Outcome

__all__ = ["Goodness", "Objective", "Selector"]

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
class Goodness:
    """When an event is good: its outcome is, where that counts, and it is within the limits.

    Attributes:
        needs_good_outcome: Whether its outcome must be good.
        max_duration_s: The longest it may take.
        attribute: The attribute that `max_value` limits, such as ``lcp_ms``.
        max_value: The largest value of that attribute.
    """

    needs_good_outcome: bool = True
    max_duration_s: float | None = None
    attribute: str | None = None
    max_value: float | None = None

    def is_good(self, observation: Observation) -> bool:
        """Return whether a valid event is good."""
        if self.needs_good_outcome and observation.outcome is not Outcome.GOOD:
            return False
        if self.max_duration_s is not None and observation.duration_s > self.max_duration_s:
            return False
        if self.attribute is None or self.max_value is None:
            return True
        value = observation.attributes.get(self.attribute)
        return isinstance(value, int | float) and value <= self.max_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """What share of the events must be good, over which window.

    Attributes:
        name: Unique within the platform; the ``objective`` label of metrics.
        display_name: The name for people.
        description: What it promises, in a sentence.
        service: The OpenSLO service it belongs to.
        target: The share that must be good, between 0 and 1, both excluded.
        window_s: The rolling window, in seconds.
        events: Which observations count.
        good: When one of them is good.
        place: The file and line it was read from.
    """

    name: str
    display_name: str
    description: str
    service: str
    target: float
    window_s: float
    events: Selector
    good: Goodness
    place: str

    @property
    def error_budget(self) -> float:
        """Return the share of events that may be bad: one minus the target."""
        return 1.0 - self.target
