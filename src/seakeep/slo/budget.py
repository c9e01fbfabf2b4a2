"""The error budget: how much was allowed, how much is gone, and when the rest will be.

Terms and formulas as in "The Site Reliability Workbook", chapter 5 (Google, 2018),
https://sre.google/workbook/alerting-on-slos/.
"""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.slo.interval import Interval

__all__ = ["Budget", "burn_rate", "spend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of a period's error budget.

    Attributes:
        total: The error ratio that is allowed: one minus the target.
        consumed: The share of it that is gone; above 1 when overspent.
        left: The share that is left: one minus that, negative when overspent.
        burn_rate: Error ratio over error budget; at 1 it lasts exactly one period.
        exhaustion_s: Seconds until what is left is gone at this burn rate: 0 when it is gone
            already, ``None`` when nothing burns.
        exhaustion_lower_s: The same at the highest burn rate that the interval allows.
        exhaustion_upper_s: The same at the lowest.
    """

    total: float
    consumed: float
    left: float
    burn_rate: float
    exhaustion_s: float | None
    exhaustion_lower_s: float | None
    exhaustion_upper_s: float | None


def burn_rate(share: float, target: float) -> float | None:
    """Return how many times too fast a share of good events spends the budget of a target.

    The events may be those of any stretch of time. ``None`` for a target of 1, which has no budget.
    """
    return None if target >= 1.0 else (1.0 - share) / (1.0 - target)


def spend(
    share: float, interval: Interval, target: float, *, covered_s: float, period_s: float
) -> Budget | None:
    """Return what a share of good events over ``covered_s`` leaves of a whole period's budget.

    Events are taken to come evenly, so a history that covers a tenth of the period can spend a
    tenth of the budget at burn rate 1. What is gone is gone for certain: those events were seen.
    How fast the rest will go is not, so the time to exhaustion has an interval:
    ``left * period / burn rate``, at the burn rates of the interval's bounds.

    Args:
        share: The measured share of good events.
        interval: Its confidence bounds.
        target: The share that must be good, at least 0; for 1 there is no budget, and no answer.
        covered_s: The part of the period that the events cover, above 0.
        period_s: The time that the budget is for.
    """
    rate = burn_rate(share, target)
    if rate is None:
        return None
    consumed = rate * min(1.0, covered_s / period_s)
    left_s = (1.0 - consumed) * period_s

    def exhaustion_s(at_share: float) -> float | None:
        at_rate = (1.0 - at_share) / (1.0 - target)
        return max(0.0, left_s / at_rate) if at_rate > 0.0 else None

    return Budget(
        total=1.0 - target,
        consumed=consumed,
        left=1.0 - consumed,
        burn_rate=rate,
        exhaustion_s=exhaustion_s(share),
        exhaustion_lower_s=exhaustion_s(min(share, interval.lower)),
        exhaustion_upper_s=exhaustion_s(max(share, interval.upper)) if left_s > 0 else 0.0,
    )
