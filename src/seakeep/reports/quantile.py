"""Exact quantiles of raw values."""

from __future__ import annotations

import math
from collections.abc import Sequence

__all__ = ["quantile"]


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of all values do not exceed.

    This is the nearest-rank definition: always a value that was seen, never one in between.

    Raises:
        ValueError: There are no values.
    """
    if not ordered:
        raise ValueError("a quantile of no values")
    # 0.95 * 20 is 19.000000000000004 for some shares: the rank must not jump for that.
    rank = math.ceil(share * len(ordered) - 1e-9)
    return ordered[min(len(ordered), max(1, rank)) - 1]
