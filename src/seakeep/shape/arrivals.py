"""Shapes that know who comes: a class that starts, and the recorded arrivals of another day."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from seakeep.checks.file_path import FilePath
from seakeep.duration import format_duration
from seakeep.rate_curve import RateCurve, Segment
from seakeep.recorded_arrivals import Recording, read_recording
from seakeep.shape.base import PositiveRate, Shape, flat
from seakeep.validation import Seconds

__all__ = ["ClassStart", "Replay"]


class ClassStart(Shape):
    """Everybody arrives within a minute: an exact number of people, most of them at the bell.

    The rate rises from zero to the bell and falls to zero, straight: the triangular distribution,
    the usual one where only least, most likely and most are known
    (Johnson, The triangular distribution as a proxy for the beta distribution in risk analysis,
    The Statistician 46, 1997).
    """

    needs_duration: ClassVar[bool] = False
    kind: Literal["class-start"] = "class-start"
    people: Annotated[int, Field(ge=1, le=10_000_000)]
    within_s: Seconds = Field(default=60.0, alias="within")
    bell_s: Seconds | None = Field(default=None, alias="peak_at")

    @model_validator(mode="after")
    def _rings_in_time(self) -> Self:
        if self.bell_s is not None and self.bell_s >= self.within_s:
            raise ValueError("a class-start whose 'peak_at' is before the end of its 'within'")
        return self

    @property
    def peak_per_s(self) -> float:
        """Return the rate at the bell: the height of a triangle of that area."""
        return 2 * self.people / self.within_s

    @property
    def own_duration_s(self) -> float:
        """Return the time within which everybody arrives."""
        return self.within_s

    def curve(self, duration_s: float) -> RateCurve:
        """Return the way up to the bell and the way down, and silence when the run is longer."""
        bell_s = self.within_s / 4 if self.bell_s is None else self.bell_s
        rise = Segment(bell_s, 0.0, self.peak_per_s)
        fall = Segment(self.within_s - bell_s, self.peak_per_s, 0.0)
        rest_s = duration_s - self.within_s
        silence = (Segment(rest_s, 0.0, 0.0),) if rest_s > 0 else ()
        return RateCurve((rise, fall, *silence)).cut(duration_s)

    def scaled(self, factor: float) -> Self:
        """Return the shape with more or fewer people, whole ones."""
        return self.model_copy(update={"people": max(1, math.floor(self.people * factor + 1e-6))})

    def describe(self, duration_s: float) -> str:  # noqa: ARG002 - it has its own
        """Return it in a few words."""
        who = "1 person" if self.people == 1 else f"{self.people} people"
        return f"{who} within {format_duration(self.within_s)}"

    def misfits(self, duration_s: float) -> Iterator[tuple[str, float, str]]:
        """Yield ``within`` when the run is over before all have come."""
        if self.within_s > duration_s:
            yield "within", self.within_s, "at most 'duration', so that everybody arrives"


class Replay(Shape):
    """What a file recorded: the arrivals of another day, at its pace or faster."""

    rates: ClassVar[tuple[str, ...]] = ("speed",)
    needs_duration: ClassVar[bool] = False
    kind: Literal["replay"] = "replay"
    file: FilePath
    speed: PositiveRate = 1.0

    @property
    def recording(self) -> Recording:
        """Return the arrivals at their own pace; the file is read at first.

        Raises:
            ConfigError: It can't be read, or a line of it has no time.
        """
        return read_recording(self.file)

    @property
    def peak_per_s(self) -> float:
        """Return the rate of the busiest second of the recording, at this speed."""
        return self.recording.peak_per_s * self.speed

    @property
    def own_duration_s(self) -> float:
        """Return how long the recording takes at this speed."""
        return self.recording.duration_s / self.speed

    def curve(self, duration_s: float) -> RateCurve:
        """Return the mean rate of each of at most 1,000 parts; what is silent after it is cut."""
        whole = self.recording
        width_s = max(1.0, whole.duration_s / 1000)
        counts = whole.counts(width_s)
        curve = flat(*((width_s / self.speed, n * self.speed / width_s) for n in counts))
        return curve.cut(duration_s)

    def describe(self, duration_s: float) -> str:
        """Return it in a few words."""
        pace = "" if self.speed == 1 else f", {self.speed:g} times as fast"
        return f"{self.file.name} for {format_duration(duration_s)}{pace}"
