"""Shapes that say a rate: constant, ramp, steps, spike and soak."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from seakeep.duration import format_duration
from seakeep.rate_curve import RateCurve, Segment
from seakeep.shape.base import PositiveRate, Rate, Shape, flat
from seakeep.validation import Seconds, Sequence_

__all__ = ["Constant", "Ramp", "Soak", "Spike", "Steps"]


class Constant(Shape):
    """The same rate all the time."""

    rates: ClassVar[tuple[str, ...]] = ("rate_per_s",)
    kind: Literal["constant"] = "constant"
    rate_per_s: PositiveRate = Field(alias="rate")

    @property
    def peak_per_s(self) -> float:
        """Return its only rate."""
        return self.rate_per_s

    def curve(self, duration_s: float) -> RateCurve:
        """Return one flat segment."""
        return flat((duration_s, self.rate_per_s))

    def describe(self, duration_s: float) -> str:
        """Return it in a few words."""
        return f"{self.rate_per_s:g}/s for {format_duration(duration_s)}"


class Ramp(Shape):
    """A rate that rises, or falls, straight from the beginning to the end."""

    rates: ClassVar[tuple[str, ...]] = ("from_per_s", "to_per_s")
    kind: Literal["ramp"] = "ramp"
    from_per_s: Rate = Field(alias="from")
    to_per_s: Rate = Field(alias="to")

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if self.from_per_s == self.to_per_s:
            raise ValueError("a ramp whose 'from' and 'to' differ")
        return self

    @property
    def peak_per_s(self) -> float:
        """Return the higher of both ends."""
        return max(self.from_per_s, self.to_per_s)

    def curve(self, duration_s: float) -> RateCurve:
        """Return one sloping segment."""
        return RateCurve((Segment(duration_s, self.from_per_s, self.to_per_s),))

    def describe(self, duration_s: float) -> str:
        """Return it in a few words."""
        return f"{self.from_per_s:g} to {self.to_per_s:g}/s in {format_duration(duration_s)}"


class Steps(Shape):
    """One rate after the other, each for an equal part of the time."""

    rates: ClassVar[tuple[str, ...]] = ("rates_per_s",)
    kind: Literal["steps"] = "steps"
    rates_per_s: Annotated[Sequence_[Rate], Field(min_length=2, max_length=1000)] = Field(
        alias="rates"
    )

    @model_validator(mode="after")
    def _makes_load(self) -> Self:
        if not any(self.rates_per_s):
            raise ValueError("'rates' with one above zero")
        return self

    @property
    def peak_per_s(self) -> float:
        """Return the highest step."""
        return max(self.rates_per_s)

    def curve(self, duration_s: float) -> RateCurve:
        """Return a flat segment for each step."""
        part_s = duration_s / len(self.rates_per_s)
        return flat(*((part_s, rate) for rate in self.rates_per_s))

    def describe(self, duration_s: float) -> str:
        """Return it in a few words."""
        shown = [f"{rate:g}" for rate in self.rates_per_s]
        if len(shown) > 6:
            shown = [*shown[:3], "...", shown[-1]]
        part = format_duration(duration_s / len(self.rates_per_s))
        return f"{', '.join(shown)}/s for {part} each"


class Spike(Shape):
    """A rate that jumps up at a time, stays there for a while, and falls back at once."""

    rates: ClassVar[tuple[str, ...]] = ("rate_per_s", "most_per_s")
    kind: Literal["spike"] = "spike"
    rate_per_s: Rate = Field(alias="rate")
    most_per_s: PositiveRate = Field(alias="peak")
    at_s: Seconds = Field(alias="at")
    lasts_s: Seconds = Field(alias="lasts")

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.most_per_s <= self.rate_per_s:
            raise ValueError("a spike whose 'peak' is above its 'rate'")
        return self

    @property
    def peak_per_s(self) -> float:
        """Return the rate at the top."""
        return self.most_per_s

    def curve(self, duration_s: float) -> RateCurve:
        """Return three flat segments, or fewer when the run ends earlier."""
        after_s = duration_s - self.at_s - self.lasts_s
        before, top = (self.at_s, self.rate_per_s), (self.lasts_s, self.most_per_s)
        return flat(before, top, (after_s, self.rate_per_s)).cut(duration_s)

    def describe(self, duration_s: float) -> str:
        """Return it in a few words."""
        return (
            f"{self.rate_per_s:g}/s for {format_duration(duration_s)}, and {self.most_per_s:g}/s "
            f"for {format_duration(self.lasts_s)} from {format_duration(self.at_s)} on"
        )

    def misfits(self, duration_s: float) -> Iterator[tuple[str, float, str]]:
        """Yield ``lasts`` when the spike is not over before the run is."""
        if self.at_s + self.lasts_s > duration_s:
            wanted = "a spike that is over before the end, by 'at' and 'lasts' together"
            yield "lasts", self.lasts_s, wanted


class Soak(Shape):
    """A rate that rises, is held for long, and falls."""

    rates: ClassVar[tuple[str, ...]] = ("rate_per_s",)
    kind: Literal["soak"] = "soak"
    rate_per_s: PositiveRate = Field(alias="rate")
    ramp_s: Seconds = Field(default=60.0, alias="ramp")

    @property
    def peak_per_s(self) -> float:
        """Return the rate that is held."""
        return self.rate_per_s

    def curve(self, duration_s: float) -> RateCurve:
        """Return the way up, the plateau and the way down; no plateau when there is no time."""
        ramp_s = min(self.ramp_s, duration_s / 2)
        rate, held_s = self.rate_per_s, duration_s - 2 * ramp_s
        plateau = (Segment(held_s, rate, rate),) if held_s > 0 else ()
        return RateCurve((Segment(ramp_s, 0.0, rate), *plateau, Segment(ramp_s, rate, 0.0)))

    def describe(self, duration_s: float) -> str:
        """Return it in a few words."""
        ramp = format_duration(min(self.ramp_s, duration_s / 2))
        return f"{self.rate_per_s:g}/s for {format_duration(duration_s)}, with {ramp} up and down"

    def misfits(self, duration_s: float) -> Iterator[tuple[str, float, str]]:
        """Yield ``ramp`` when nothing is left between both."""
        if 2 * self.ramp_s >= duration_s:
            yield "ramp", self.ramp_s, "less than half of 'duration', for the way up and down"
