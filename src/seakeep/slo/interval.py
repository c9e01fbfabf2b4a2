"""The exact binomial interval: what a share of good events says of the true share.

Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934), 404-413, in its beta-quantile form. Each bound is one-sided: the
true share lies above the lower one with the confidence asked for, and below the upper one too.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Interval", "exact_interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a share, each between 0 and 1."""

    lower: float
    upper: float


def exact_interval(good: int, valid: int, confidence: float) -> Interval:
    """Return the one-sided bounds of the true share of good events.

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


def _lower(good: int, valid: int, alpha: float) -> float:
    """The alpha quantile of Beta(good, valid - good + 1); closed where all or none is good."""
    if good == 0:
        return 0.0
    if good == valid:
        return float(alpha ** (1.0 / valid))
    from scipy.special import betaincinv  # noqa: PLC0415 - half a second to import; rarely needed

    return float(betaincinv(good, valid - good + 1, alpha))
