"""Web vitals of journeys, and what Google's thresholds say of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from seakeep.observation import Observation
from seakeep.reports.attributes import number
from seakeep.reports.quantile import quantile
from seakeep.reports.wording import seconds

__all__ = ["VITALS", "Rating", "Vital", "VitalReading", "read_vitals"]

Rating = Literal["good", "needs improvement", "poor"]


@dataclass(frozen=True, slots=True)
class Vital:
    """One web vital.

    Attributes:
        name: Its short name, as in metrics.
        attribute: The observation attribute that holds it.
        good: The largest value that is good.
        poor: Values above it are poor.
        title: Its long name.
    """

    name: str
    attribute: str
    good: float
    poor: float
    title: str

    def rating(self, value: float) -> Rating:
        """Return what the thresholds say of a value."""
        if value <= self.good:
            return "good"
        return "needs improvement" if value <= self.poor else "poor"

    def text(self, value: float) -> str:
        """Return a value for people."""
        return f"{value:.3f}" if self.attribute == "cls" else seconds(value / 1000)


# https://web.dev/articles/vitals and, for FCP and TTFB, https://web.dev/articles/fcp and
# https://web.dev/articles/ttfb; milliseconds, CLS without a unit.
VITALS = (
    Vital("lcp", "lcp_ms", 2500, 4000, "Largest Contentful Paint"),
    Vital("inp", "inp_ms", 200, 500, "Interaction to Next Paint"),
    Vital("cls", "cls", 0.1, 0.25, "Cumulative Layout Shift"),
    Vital("fcp", "fcp_ms", 1800, 3000, "First Contentful Paint"),
    Vital("ttfb", "ttfb_ms", 800, 1800, "Time to First Byte"),
)

_JUDGED_SHARE = 0.75
"""Vitals are judged at the 75th percentile: https://web.dev/articles/defining-core-web-vitals-thresholds."""


@dataclass(frozen=True, slots=True)
class VitalReading:
    """A vital over a journey's walks.

    Attributes:
        vital: Which vital.
        value: Its 75th percentile in the vital's unit, or ``None`` when it was not measured.
        walks: How many walks measured it.
    """

    vital: Vital
    value: float | None
    walks: int

    @property
    def rating(self) -> Rating | None:
        """Return what the thresholds say, or ``None`` when it was not measured."""
        return None if self.value is None else self.vital.rating(self.value)


def read_vitals(walks: Iterable[Observation]) -> tuple[VitalReading, ...]:
    """Return a reading for every vital, measured or not."""
    attributes = [walk.attributes for walk in walks]
    readings = []
    for vital in VITALS:
        found = (number(each, vital.attribute) for each in attributes)
        values = sorted(value for value in found if value is not None)
        value = quantile(values, _JUDGED_SHARE) if values else None
        readings.append(VitalReading(vital, value, len(values)))
    return tuple(readings)
