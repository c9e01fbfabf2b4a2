"""When each arrival of a load run is due: fixed before the first request, whatever the answers do.

Pure: it neither imports Locust nor looks at a clock.
"""

from __future__ import annotations

import math
import random
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from seakeep.rate_curve import RateCurve
from seakeep.recorded_arrivals import Recording
from seakeep.scenario import Scenario, Spacing
from seakeep.shape import ClassStart, Replay, Shape

__all__ = ["Schedule", "schedule_of"]


@dataclass(frozen=True, kw_only=True)
class Schedule(ABC):
    """The times of all arrivals of a run.

    Attributes:
        shape: How the rate goes over time, as high as this run is.
        duration_s: How long arrivals come.
    """

    shape: Shape
    duration_s: float

    @property
    @abstractmethod
    def peak_per_s(self) -> float:
        """Return the highest rate, in arrivals per second."""

    @abstractmethod
    def times(self) -> Iterator[float]:
        """Yield when each arrival is due, in seconds since the start, ascending.

        Each call begins anew and yields the same times, in any process.
        """

    @abstractmethod
    def count_until(self, time_s: float) -> float:
        """Return how many arrivals are due until a time; expected ones when they are random."""

    def describe(self) -> str:
        """Return the load in a few words, such as ``60/s for 15s``."""
        return self.shape.describe(self.duration_s)


@dataclass(frozen=True, kw_only=True)
class EvenSchedule(Schedule):
    """Arrivals at even distances: the k-th is due when k + 1/2 of them are."""

    curve: RateCurve

    @property
    def peak_per_s(self) -> float:
        """Return the highest rate of the curve."""
        return self.curve.peak_per_s

    def times(self) -> Iterator[float]:
        """Yield the times; what rounding takes from the last half is given back."""
        whole = self.curve.count
        due = int(_rounded(whole))
        return self.curve.times_of(min(k + 0.5, whole) for k in range(due))

    def count_until(self, time_s: float) -> float:
        """Return how many arrivals are due until a time, exactly."""
        return _rounded(self.curve.count_until(time_s))


@dataclass(frozen=True, kw_only=True)
class PoissonSchedule(Schedule):
    """Arrivals at random, each independent of all others, as of many people.

    A Poisson process of rate one, seen on the scale of the expected count, is the Poisson process
    of that rate: the time-rescaling theorem (Brown et al., The time-rescaling theorem and its
    application to neural spike train data analysis, Neural Computation 14, 2002,
    https://doi.org/10.1162/08997660252741149; Cinlar, Introduction to Stochastic Processes, 1975,
    section 4.7). Nothing is drawn and thrown away.

    Attributes:
        seed: Which of all such processes it is.
    """

    curve: RateCurve
    seed: int

    @property
    def peak_per_s(self) -> float:
        """Return the highest rate of the curve."""
        return self.curve.peak_per_s

    def times(self) -> Iterator[float]:
        """Yield the times of a process of rate one, rescaled."""
        return self.curve.times_of(self._counts())

    def _counts(self) -> Iterator[float]:
        draw, count = random.Random(self.seed).expovariate, 0.0  # noqa: S311 - no secret
        while True:
            count += draw(1.0)
            yield count

    def count_until(self, time_s: float) -> float:
        """Return how many arrivals are expected until a time."""
        return self.curve.count_until(time_s)


@dataclass(frozen=True, kw_only=True)
class CrowdSchedule(PoissonSchedule):
    """A known number of people, each of whom arrives at random and independent of all others.

    Attributes:
        people: How many they are.
    """

    people: int

    def _counts(self) -> Iterator[float]:
        """Yield their places, in order, without having all of them at once.

        Renyi's representation: the distances of ordered exponential draws are themselves
        exponential, the k-th of n with rate n - k (On the theory of order statistics, Acta
        Mathematica Academiae Scientiarum Hungaricae 4, 1953).
        """
        draw, late = random.Random(self.seed).expovariate, 0.0  # noqa: S311 - no secret
        for left in range(self.people, 0, -1):
            late += draw(1.0) / left
            yield -math.expm1(-late) * self.people


@dataclass(frozen=True, kw_only=True)
class ReplaySchedule(Schedule):
    """Arrivals as they were recorded.

    Attributes:
        recording: The arrivals at their own pace.
        speed: How much faster they come.
    """

    recording: Recording
    speed: float

    @property
    def peak_per_s(self) -> float:
        """Return the rate of the busiest second of the recording, at this speed."""
        return self.recording.peak_per_s * self.speed

    def times(self) -> Iterator[float]:
        """Yield the recorded times until the run is over."""
        scaled = (recorded_s / self.speed for recorded_s in self.recording.times_s)
        return takewhile(lambda time_s: time_s <= self.duration_s, scaled)

    def count_until(self, time_s: float) -> float:
        """Return how many arrivals are due until a time, exactly."""
        until_s = min(time_s, self.duration_s)
        return float(
            bisect_right(self.recording.times_s, until_s, key=lambda each: each / self.speed)
        )


def schedule_of(
    scenario: Scenario,
    *,
    rate_per_s: float | None = None,
    duration_s: float | None = None,
    seed: int = 0,
) -> Schedule:
    """Return when the arrivals of a scenario are due.

    Args:
        scenario: What the platform's file says.
        rate_per_s: The highest rate instead of the shape's own: all of it becomes so much higher or
            lower; a replay so much faster or slower, a crowd so much larger or smaller.
        duration_s: How long arrivals come instead of what the scenario says; it stretches
            constant, ramp, steps and soak, and cuts the others.
        seed: Chooses the draws of what is random; the same on all workers.

    Raises:
        ConfigError: A recorded file can't be read.
        ValueError: The rate or the duration is not above zero.
    """
    for value in (rate_per_s, duration_s):
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"{value:g}: wanted a rate and a duration above zero")
    shape = scenario.shape
    if rate_per_s is not None:
        shape = shape.scaled(rate_per_s / shape.peak_per_s)
    length_s = duration_s or scenario.declared_duration_s or shape.own_duration_s
    if isinstance(shape, Replay):
        recording, speed = shape.recording, shape.speed
        return ReplaySchedule(shape=shape, duration_s=length_s, recording=recording, speed=speed)
    curve = shape.curve(length_s)
    if scenario.spacing is Spacing.EVEN:
        return EvenSchedule(shape=shape, duration_s=length_s, curve=curve)
    if isinstance(shape, ClassStart):
        people = shape.people
        return CrowdSchedule(
            shape=shape, duration_s=length_s, curve=curve, seed=seed, people=people
        )
    return PoissonSchedule(shape=shape, duration_s=length_s, curve=curve, seed=seed)


def _rounded(count: float) -> float:
    """Return the nearest whole count, half upwards, forgiving the rounding of the arithmetic."""
    return float(math.floor(count + 0.5 + 1e-9))
