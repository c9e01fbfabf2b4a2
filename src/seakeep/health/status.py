"""What a platform, or a part of it, says of itself, and what parts add up to."""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import StrEnum

__all__ = ["Status", "sum_of_parts", "worst"]


class Status(StrEnum):
    """The words of all contracts, in one vocabulary; from the best to the worst."""

    HEALTHY = "healthy"
    STARTING = "starting"
    """Not yet there, and not expected to be."""
    UNKNOWN = "unknown"
    """Nobody looked, or nobody could tell: neither healthy nor unhealthy."""
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


_SEVERITY = {status: rank for rank, status in enumerate(Status)}


def worst(*statuses: Status) -> Status:
    """Return the worst of some."""
    return max(statuses, key=_SEVERITY.__getitem__)


def sum_of_parts(parts: Mapping[str, Status], minor: Set[str]) -> frozenset[Status]:
    """Return what the whole may say of itself when its parts say this.

    One critical part that is unhealthy makes the whole unhealthy; a minor one, degraded. Healthy is
    a claim about each critical part, so that one which is unknown rules it out; a minor part that
    is unknown leaves it open.

    Args:
        parts: The status of each part, by its name; none say nothing of the whole.
        minor: The parts without which the whole is degraded, not unhealthy.
    """
    critical = {status for name, status in parts.items() if name not in minor}
    lesser = {status for name, status in parts.items() if name in minor}
    if Status.UNHEALTHY in critical:
        return frozenset({Status.UNHEALTHY})
    if Status.UNKNOWN in critical:
        return frozenset({Status.UNKNOWN, Status.DEGRADED, Status.UNHEALTHY})
    if critical & {Status.DEGRADED} or lesser & {Status.UNHEALTHY, Status.DEGRADED}:
        return frozenset({Status.DEGRADED})
    if Status.UNKNOWN in lesser:
        return frozenset({Status.HEALTHY, Status.DEGRADED, Status.UNKNOWN})
    return frozenset({Status.HEALTHY}) if parts else frozenset(Status)
