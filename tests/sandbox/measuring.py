"""Measurements on a machine that others use as well."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import httpx


def close_to(
    measure: Callable[[], float], wanted: float, within: float, tries: int = 3
) -> list[float]:
    """Measure until one figure is as wanted, at most so many times; fail with all of them."""
    found: list[float] = []
    for _ in range(tries):
        found.append(measure())
        if abs(found[-1] - wanted) <= within:
            return found
    raise AssertionError(f"found {found}; wanted {wanted} within {within}")


def seconds(http: httpx.Client, path: str) -> float:
    """How long one good answer takes."""
    started = time.perf_counter()
    assert http.get(path).status_code == 200
    return time.perf_counter() - started


def median_s(http: httpx.Client, path: str, count: int = 9) -> float:
    """How long the middle one of so many good answers takes."""
    return statistics.median(seconds(http, path) for _ in range(count))
