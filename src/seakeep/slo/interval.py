"""Confidence bounds of a share: of good events, exactly, or of a mean of ratios.

Each bound is one-sided: the true share lies above the lower one with the confidence asked for, and
below the upper one too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Bounds", "Interval", "exact_interval", "mean_interval"]

_HALVINGS = 60  # beyond a double's precision
_NOTHING = 1e-200  # a mean whose halves stay above zero


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a share, each between 0 and 1."""

    lower: float
    upper: float


Bounds = Callable[[float, float, float], Interval]
"""What gives an interval from good events, all events and a confidence."""


def exact_interval(good: float, valid: float, confidence: float) -> Interval:
    """Return the exact binomial bounds of the true share of good events.

    Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
    binomial", Biometrika 26 (1934), 404-413, in its beta-quantile form, which takes the fractional
    counts of an effective sample size as well (Korn and Graubard, Survey Methodology 24 (1998),
    193-201).

    Args:
        good: Good events, at most ``valid``.
        valid: All events; without any, nothing is known: 0 to 1.
        confidence: The confidence of each bound, between 0 and 1.

    Raises:
        ValueError: The counts are negative or ``good`` is more than ``valid``.
    """
    if not 0 <= good <= valid:
        raise ValueError(f"{good} good of {valid} events: wanted 0 <= good <= valid")
    return Interval(
        lower=_lower(good, valid, 1.0 - confidence),
        upper=1.0 - _lower(valid - good, valid, 1.0 - confidence),
    )


def mean_interval(total: float, number: float, confidence: float) -> Interval:
    """Return bounds of the true mean of independent values between 0 and 1, however distributed.

    Hoeffding, "Probability inequalities for sums of bounded random variables", Journal of the
    American Statistical Association 58 (1963), 13-30, theorem 1, solved for the mean: a mean ``q``
    is ruled out when ``number * KL(measured || q)`` exceeds ``log(1 / (1 - confidence))``. Unlike a
    t interval it holds for any number of values, and does not collapse when all of them are 1.

    Args:
        total: The sum of the values, at most ``number``.
        number: How many there are; without any, nothing is known: 0 to 1.
        confidence: The confidence of each bound, between 0 and 1.

    Raises:
        ValueError: The sum is negative or above ``number``.
    """
    if not 0 <= total <= number:
        raise ValueError(f"a sum of {total} of {number} ratios: wanted 0 <= sum <= number")
    if number == 0:
        return Interval(0.0, 1.0)
    limit = -math.log(1.0 - confidence) / number
    mean = total / number
    return Interval(_lowest_mean(mean, limit), 1.0 - _lowest_mean(1.0 - mean, limit))


def _lower(good: float, valid: float, alpha: float) -> float:
    """The alpha quantile of Beta(good, valid - good + 1); closed where all or none is good."""
    if good == 0:
        return 0.0
    if good == valid:
        return float(alpha ** (1.0 / valid))
    from scipy.special import betaincinv  # noqa: PLC0415 - half a second to import; rarely needed

    return float(betaincinv(good, valid - good + 1, alpha))


def _lowest_mean(mean: float, limit: float) -> float:
    """The smallest q below ``mean`` with KL(mean || q) at most ``limit``, by bisection."""
    low, high = 0.0, mean
    if mean < _NOTHING:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if _divergence(mean, middle) <= limit else (middle, high)
    return low


def _divergence(p: float, q: float) -> float:
    """The Kullback-Leibler divergence of two coins."""
    of_good = p * math.log(p / q) if p > 0 else 0.0
    return of_good + ((1 - p) * math.log((1 - p) / (1 - q)) if p < 1 else 0.0)
