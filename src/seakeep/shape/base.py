"""What all shapes have in common: a rate over time, and a few words for it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import Field

from seakeep.rate_curve import RateCurve, Segment
from seakeep.validation import FileModel, Number

__all__ = ["PositiveRate", "Rate", "Shape", "flat"]

Rate = Annotated[Number, Field(ge=0, allow_inf_nan=False)]
PositiveRate = Annotated[Number, Field(gt=0, allow_inf_nan=False)]


class Shape(FileModel):
    """How the rate of arrivals goes over time. Each kind derives a record from it.

    Attributes:
        kind: Which shape it is.
    """

    rates: ClassVar[tuple[str, ...]]
    """Which of its fields are multiplied when the whole load is to be higher or lower."""

    needs_duration: ClassVar[bool] = True
    """Whether the scenario must say how long it takes; otherwise `own_duration_s` does."""

    kind: str

    @classmethod
    def model_for(cls, value: object) -> type[FileModel]:
        """Return the record of the kind that the file names."""
        from seakeep.shape.declared import shape_model  # noqa: PLC0415 - it needs this module

        return (shape_model(value) or cls) if cls is Shape else cls

    @property
    @abstractmethod
    def peak_per_s(self) -> float:
        """Return its highest rate, in arrivals per second."""

    @property
    def own_duration_s(self) -> float:
        """Return how long it takes when the scenario does not say.

        Raises:
            ConfigError: The file that says so can't be read.
        """
        raise NotImplementedError(f"a {self.kind} takes as long as the scenario says")

    @abstractmethod
    def curve(self, duration_s: float) -> RateCurve:
        """Return its rate over time, for a run of that length."""

    @abstractmethod
    def describe(self, duration_s: float) -> str:
        """Return it in a few words, such as ``60/s for 15s``."""

    def scaled(self, factor: float) -> Self:
        """Return the shape with its rates multiplied."""
        fields = {name: getattr(self, name) for name in self.rates}
        return self.model_copy(update={name: _times(v, factor) for name, v in fields.items()})

    def misfits(self, duration_s: float) -> Iterator[tuple[str, float, str]]:  # noqa: ARG002
        """Yield each key that does not fit into a run of that length, its seconds, and a wish."""
        yield from ()


def _times(value: float | tuple[float, ...], factor: float) -> float | tuple[float, ...]:
    if isinstance(value, tuple):
        return tuple(each * factor for each in value)
    return value * factor


def flat(*pieces: tuple[float, float]) -> RateCurve:
    """Return a curve without slopes, of durations and rates; pieces of no duration are left out."""
    return RateCurve(tuple(Segment(lasts_s, rate, rate) for lasts_s, rate in pieces if lasts_s > 0))
