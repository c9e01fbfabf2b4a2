"""What a guard saw, by short stretches of its experiment."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from seakeep.observation import Observation, Outcome
from seakeep.reports.quantile import quantile

__all__ = ["GuardBin", "bin_guard"]

_ROUNDING = 1e-6
"""Times are known to the microsecond: 0.3 s belongs to the stretch that begins at 3 x 0.1 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardBin:
    """The answers whose questions were due in one stretch.

    Attributes:
        start_s: Where it begins, in seconds since the injection; negative before it.
        length_s: How long it is.
        valid: Answers that say something of the platform.
        bad: Those of them that were bad.
        invalid: Answers that say nothing.
        p50_s: The median duration of the valid ones; 0 without any.
        p95_s: Their 95th percentile.
    """

    start_s: float
    length_s: float
    valid: int
    bad: int
    invalid: int
    p50_s: float
    p95_s: float


def bin_guard(
    watched: Iterable[Observation], injected_at: datetime, length_s: float
) -> tuple[GuardBin, ...]:
    """Return the stretches in which something was asked, in order of time."""
    slots: dict[int, list[Observation]] = {}
    for one in watched:
        since_s = (one.at - injected_at).total_seconds()
        slots.setdefault(math.floor((since_s + _ROUNDING) / length_s), []).append(one)
    return tuple(_bin(slot, length_s, found) for slot, found in sorted(slots.items()))


def _bin(slot: int, length_s: float, found: list[Observation]) -> GuardBin:
    durations = sorted(o.duration_s for o in found if o.outcome is not Outcome.INVALID)
    return GuardBin(
        start_s=round(slot * length_s, 6),
        length_s=length_s,
        valid=len(durations),
        bad=sum(o.outcome is Outcome.BAD for o in found),
        invalid=len(found) - len(durations),
        p50_s=quantile(durations, 0.5) if durations else 0.0,
        p95_s=quantile(durations, 0.95) if durations else 0.0,
    )
