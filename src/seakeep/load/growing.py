"""A schedule that is made as the run goes: what a search for the capacity arrives by."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
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

    Neighbours of the same rate are one stretch, which grows: a search of hours has two of them a
    step, and not one for each half of a second, so that all can be told again and again. Only the
    last one ever grows, and only at its end: no time that is known changes.

    Attributes:
        stretches: Those that are known, in order.
        ended: Whether there will be no more.
    """

    def __init__(self, spacing: Literal["even", "poisson"], seed: int) -> None:
        """Start without any; the same spacing and seed give the same times everywhere."""
        self.stretches: list[Stretch] = []
        self.ended = False
        self._begins_s: list[float] = [0.0]
        self._spacing = spacing
        self._seed = seed

    @property
    def duration_s(self) -> float:
        """Return how long they are together, in seconds."""
        return self._begins_s[-1]

    @property
    def peak_per_s(self) -> float:
        """Return the highest rate that is known, in arrivals per second."""
        return max((stretch.rate_per_s for stretch in self.stretches), default=0.0)

    def extend(self, *stretches: Stretch) -> None:
        """Go on with these."""
        for stretch in stretches:
            if not stretch.seconds > 0:
                continue
            if self.stretches and self.stretches[-1].rate_per_s == stretch.rate_per_s:
                longer_s = self.stretches[-1].seconds + stretch.seconds
                self._put(len(self.stretches) - 1, Stretch(stretch.rate_per_s, longer_s))
            else:
                self._put(len(self.stretches), stretch)

    def follow(self, stretches: Sequence[Stretch]) -> None:
        """Be as long as another, of which these are all; what is shorter changes nothing.

        Messages overtake each other, and the last stretch that one knows has grown in the next.
        """
        known = len(self.stretches)
        for nth, stretch in enumerate(stretches[max(0, known - 1) :], max(0, known - 1)):
            if nth >= known or self.stretches[nth].seconds < stretch.seconds:
                self._put(nth, stretch)

    def _put(self, nth: int, stretch: Stretch) -> None:
        """Put a stretch at the end, or a longer one in place of the last."""
        del self.stretches[nth:], self._begins_s[nth + 1 :]
        self.stretches.append(stretch)
        self._begins_s.append(self._begins_s[nth] + stretch.seconds)

    def times(self) -> Iterator[float | None]:
        """Yield when arrivals are due, in seconds since the start; ``None`` for "not known yet"."""
        gap = self._gaps()
        passed = 0.0
        count = 0.5 if self._spacing == "even" else gap()
        nth = 0
        while True:
            while nth >= len(self.stretches):
                if self.ended:
                    return
                yield None
            begun_s, rate = self._begins_s[nth], self.stretches[nth].rate_per_s
            while count < passed + rate * self.stretches[nth].seconds:  # which may grow meanwhile
                yield begun_s + (count - passed) / rate
                count += gap()
            if nth + 1 < len(self.stretches):
                passed += rate * self.stretches[nth].seconds
                nth += 1
            elif self.ended:
                return
            else:
                yield None

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
