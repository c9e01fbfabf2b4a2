"""A schedule that is made as the run goes: what a search for the capacity arrives by."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["GrowingSchedule", "Stretch", "no_arrivals"]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some time at one rate.

    Attributes:
        rate_per_s: Arrivals per second; 0 for none.
        seconds: How long it lasts.
    """

    rate_per_s: float
    seconds: float


class GrowingSchedule:
    """Stretches of a constant rate each, one after the other.

    Attributes:
        stretches: Those that are known, in order.
        duration_s: How long they are together, in seconds.
        ended: Whether there will be no more.
    """

    def __init__(self, spacing: Literal["even", "poisson"], seed: int) -> None:
        """Start without any; the same spacing and seed give the same times everywhere."""
        self.stretches: list[Stretch] = []
        self.duration_s = 0.0
        self.ended = False
        self._spacing = spacing
        self._seed = seed

    @property
    def peak_per_s(self) -> float:
        """Return the highest rate that is known, in arrivals per second."""
        return max((stretch.rate_per_s for stretch in self.stretches), default=0.0)

    def extend(self, *stretches: Stretch) -> None:
        """Go on with these."""
        for stretch in stretches:  # one by one: rounding must not tell who heard of them at once
            self.stretches.append(stretch)
            self.duration_s += stretch.seconds

    def times(self) -> Iterator[float | None]:
        """Yield when arrivals are due, in seconds since the start; ``None`` for "not known yet"."""
        gap = self._gaps()
        begun_s = passed = 0.0
        count = 0.5 if self._spacing == "even" else gap()
        nth = 0
        while True:
            while nth >= len(self.stretches):
                if self.ended:
                    return
                yield None
            stretch = self.stretches[nth]
            length = stretch.rate_per_s * stretch.seconds
            while count < passed + length:
                yield begun_s + (count - passed) / stretch.rate_per_s
                count += gap()
            passed += length
            begun_s += stretch.seconds
            nth += 1

    def _gaps(self) -> Callable[[], float]:
        """Return what draws the distance to the next arrival, in arrivals."""
        if self._spacing == "even":
            return lambda: 1.0
        draw = random.Random(self._seed)  # noqa: S311 - no secret, and the same everywhere
        return lambda: draw.expovariate(1.0)


def no_arrivals(duration_s: float) -> GrowingSchedule:
    """Return a schedule of that length, in seconds, in which nobody arrives."""
    schedule = GrowingSchedule("even", seed=0)
    schedule.extend(Stretch(0.0, duration_s))
    schedule.ended = True
    return schedule
