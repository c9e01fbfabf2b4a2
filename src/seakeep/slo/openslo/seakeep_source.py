"""``type: seakeep``: indicators whose events are Seakeep's own observations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, model_validator

from seakeep.observation import Attribute, Kind
from seakeep.slo.objective import Goodness, ObservedRatio, Operator, Selector, Threshold
from seakeep.slo.openslo.spot import Spot
from seakeep.validation import FileModel, Number, Seconds

__all__ = ["ObservedValue", "read_ratio", "read_value"]


_NO_EVENTS = {Kind.GENERATOR, Kind.CAPACITY}


def _kinds(value: object) -> object:
    names = value if isinstance(value, list) else [value]
    known = {kind.value for kind in Kind} - _NO_EVENTS
    if not names or not all(isinstance(name, str) and name in known for name in names):
        raise ValueError(f"one of {', '.join(sorted(known))}, or a list of them")
    return tuple(Kind(str(name)) for name in names)


def _scalar(value: object) -> object:
    if isinstance(value, str | int | float | bool):
        return value
    raise ValueError("a text, a number, true or false")


def _glob(value: str) -> str:
    # Brackets mean one thing to SQLite's GLOB and another to Python's fnmatch.
    if "[" in value or "]" in value:
        raise ValueError("a pattern of plain characters, * and ?")
    return value


Glob = Annotated[str, AfterValidator(_glob)]
Scalar = Annotated[Attribute, PlainValidator(_scalar)]


class _Events(FileModel):
    """Which observations are events."""

    kind: Annotated[tuple[Kind, ...], BeforeValidator(_kinds)]
    name: Glob = "*"
    location: Glob = "*"
    attributes: Mapping[str, Scalar] = Field(default_factory=dict)
    has_attribute: str | None = Field(default=None, alias="hasAttribute")

    def selector(self, has_attribute: str | None = None) -> Selector:
        attributes: Mapping[str, Attribute] = self.attributes
        return Selector(
            kinds=self.kind,
            name=self.name,
            location=self.location,
            attributes=attributes,
            has_attribute=has_attribute or self.has_attribute,
        )


class _Good(FileModel):
    """When an event is good: all that is given must hold."""

    outcome: Literal["good"] | None = None
    max_duration_s: Seconds | None = Field(default=None, alias="maxDuration")
    attribute: str | None = None
    max_value: Number | None = Field(default=None, alias="maxValue")
    min_value: Number | None = Field(default=None, alias="minValue")

    @model_validator(mode="after")
    def _limits_in_pairs(self) -> Self:
        limited = self.max_value is not None or self.min_value is not None
        if (self.attribute is not None) != limited:
            raise ValueError("'attribute' with 'maxValue' or 'minValue', or neither")
        if not self.model_fields_set:
            raise ValueError(
                "'outcome: good', 'maxDuration', or 'attribute' with 'maxValue' or 'minValue'"
            )
        return self

    def goodness(self) -> Goodness:
        least = None
        if self.min_value is not None:
            least = Threshold(
                operator=Operator.GREATER_OR_EQUAL, value=self.min_value, attribute=self.attribute
            )
        return Goodness(
            needs_good_outcome=self.outcome is not None,
            max_duration_s=self.max_duration_s,
            attribute=self.attribute if self.max_value is not None else None,
            max_value=self.max_value,
            threshold=least,
        )


class _Bad(FileModel):
    """When an event is bad; limits are told by what is good."""

    outcome: Literal["bad"]


class _Value(_Events):
    """Which observations are events, and which of their values is compared."""

    value: Literal["duration"] | None = None
    attribute: str | None = None
    outcome: Literal["good"] | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if (self.value is None) == (self.attribute is None):
            raise ValueError("one of 'value: duration' and 'attribute'")
        if self.attribute is not None and self.has_attribute is not None:
            raise ValueError("no 'hasAttribute' beside 'attribute', which asks for it already")
        return self


class ObservedValue:
    """An indicator that still lacks the threshold, which the SLO's objective holds."""

    def __init__(self, spec: _Value) -> None:
        """Take what stands in the file."""
        self._spec = spec

    def compared(self, operator: Operator, value: float) -> ObservedRatio:
        """Return the indicator whose events are good when their value compares so."""
        attribute = self._spec.attribute
        return ObservedRatio(
            events=self._spec.selector(has_attribute=attribute),
            good=Goodness(
                needs_good_outcome=self._spec.outcome is not None,
                threshold=Threshold(operator=operator, value=value, attribute=attribute),
            ),
        )


def read_ratio(total: Spot, part: Spot, role: Literal["good", "bad"]) -> ObservedRatio | None:
    """Return the indicator of two specs: all events, and the good (or bad) ones among them."""
    events = total.read(_Events)
    if role == "bad":
        bad = part.read(_Bad)
        good = Goodness(needs_good_outcome=True) if bad is not None else None
    else:
        limits = part.read(_Good)
        good = limits.goodness() if limits is not None else None
    if events is None or good is None:
        return None
    return ObservedRatio(events=events.selector(), good=good)


def read_value(spot: Spot) -> ObservedValue | None:
    """Return the indicator of a threshold metric."""
    spec = spot.read(_Value)
    return ObservedValue(spec) if spec is not None else None
