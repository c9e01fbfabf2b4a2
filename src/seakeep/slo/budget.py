"""The error budget: how much was allowed, how much is gone, and when the rest will be.

Terms and formulas as in "The Site Reliability Workbook", chapter 5 (Google, 2018),
https://sre.google/workbook/alerting-on-slos/.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Budget", "spend"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of a window's error budget.

    Attributes:
        burn_rate: Error ratio over error budget; at 1 it lasts exactly one window.
        left: The share that is left, 1 for all of it, negative when overspent.
        exhaustion_s: Seconds until it is gone at this burn rate: 0 when it is gone already,
            ``None`` when nothing burns.
    """

    burn_rate: float
    left: float
    exhaustion_s: float | None


def spend(good: int, valid: int, target: float, covered_s: float, window_s: float) -> Budget:
    """Return what events over ``covered_s`` leave of the budget of a whole window.

    Events are taken to come evenly, so a history that covers a tenth of the window can spend a
    tenth of the budget at burn rate 1.

    Args:
        good: Good events.
        valid: All events; at least 1.
        target: The share that must be good, between 0 and 1, both excluded.
        covered_s: The part of the window that the events cover, above 0.
        window_s: The window.
    """
    burn_rate = (1.0 - good / valid) / (1.0 - target)
    left = 1.0 - burn_rate * min(1.0, covered_s / window_s)
    if burn_rate == 0.0:
        return Budget(burn_rate=0.0, left=1.0, exhaustion_s=None)
    return Budget(
        burn_rate=burn_rate, left=left, exhaustion_s=max(0.0, left * window_s / burn_rate)
    )
