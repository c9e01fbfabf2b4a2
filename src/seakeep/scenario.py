"""A load scenario, as ``platform.yaml`` declares it: who arrives when, and may wait how long."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from seakeep.duration import format_duration
from seakeep.shape import Constant, DeclaredShape, PositiveRate, Replay, Shape
from seakeep.validation import FileModel, Name, Seconds, Share

__all__ = ["Scenario", "Spacing"]

_IN_SYSTEM_S = 2.0
_FEWEST_USERS, _MOST_USERS = 10, 2000


class Spacing(StrEnum):
    """How arrivals lie within a rate: each at its time, or at random as people who don't know."""

    EVEN = "even"
    POISSON = "poisson"


class Scenario(FileModel):
    """One load scenario: which Locust file, how arrivals go over time, and who may wait how long.

    Attributes:
        name: Its name, and its locustfile's.
        spacing: How arrivals lie within the rate.
        mix: How often each task is done, by its name, in place of the weights in the file; empty
            when those count.
        max_missed: The share of arrivals that may be missed.
        patience_s: How long an arrival waits for a free user before it is missed.
    """

    name: Name
    declared_users: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        default=None, alias="users"
    )
    declared_rate_per_s: PositiveRate | None = Field(default=None, alias="rate")
    declared_shape: DeclaredShape | None = Field(default=None, alias="shape")
    declared_duration_s: Seconds | None = Field(default=None, alias="duration")
    spacing: Spacing = Field(default=Spacing.EVEN, strict=False)
    mix: Mapping[str, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    max_missed: Share = 0.001
    patience_s: Seconds = Field(default=10.0, alias="patience")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        wrong = [
            InitErrorDetails(
                type=PydanticCustomError("value_error", "{error}", {"error": wanted}),
                loc=at,
                input=found,
            )
            for at, found, wanted in self._mistakes()
        ]
        if wrong:
            raise ValidationError.from_exception_data("Scenario", wrong)
        return self

    def _mistakes(self) -> Iterator[tuple[tuple[str, ...], object, str]]:
        """Yield where keys do not go together, what was found there, and what was wanted."""
        if self.declared_rate_per_s is None and self.declared_shape is None:
            yield ("rate",), None, "the key 'rate' or 'shape'"
            return
        if self.declared_rate_per_s is not None and self.declared_shape is not None:
            yield ("shape",), {}, "'rate' or 'shape', not both"
            return
        shape, duration_s = self.shape, self.declared_duration_s
        if duration_s is None and shape.needs_duration:
            yield ("duration",), None, "the key 'duration'"
        elif duration_s is not None:
            for key, found_s, wanted in shape.misfits(duration_s):
                yield ("shape", key), format_duration(found_s), wanted
        if "spacing" in self.model_fields_set and isinstance(shape, Replay):
            yield ("spacing",), self.spacing.value, "no spacing: a replay has its own"
        if self.mix and not any(self.mix.values()):
            yield ("mix",), self.mix, "a weight above zero"

    @property
    def file(self) -> Path:
        """Return the scenario's locustfile, relative to the project's root."""
        return Path("load") / f"{self.name.replace('-', '_')}.py"

    @property
    def shape(self) -> Shape:
        """Return how its rate goes over time; ``rate`` alone is a constant one."""
        if self.declared_shape is not None:
            return self.declared_shape
        return Constant.model_validate({"rate": self.declared_rate_per_s})

    @property
    def duration_s(self) -> float:
        """Return how long it takes, as said or as its shape has it."""
        declared_s = self.declared_duration_s
        return self.shape.own_duration_s if declared_s is None else declared_s

    @property
    def rate_per_s(self) -> float:
        """Return the highest rate of its shape, in arrivals per second."""
        return self.shape.peak_per_s

    @property
    def users(self) -> int:
        """Return how many visitors may be under way at once, at its own rate."""
        return self.users_at_most(self.rate_per_s)

    def users_at_most(self, peak_per_s: float) -> int:
        """Return how many visitors may be under way at once: as said, or enough for a peak.

        Little's law (https://doi.org/10.1287/opre.9.3.383) says that as many are under way as
        arrive in the time that one takes. Two seconds of it are generous for a task without
        thinking; no fewer than 10, and no more than 2,000, which one machine can hold. A scenario
        whose visitors stay for longer says ``users`` itself.
        """
        if self.declared_users is not None:
            return self.declared_users
        needed = math.ceil(peak_per_s * _IN_SYSTEM_S)
        return min(max(needed, _FEWEST_USERS), _MOST_USERS)

    def describe(self) -> str:
        """Return its load in a few words, such as ``60/s for 15s``."""
        return self.shape.describe(self.duration_s)
