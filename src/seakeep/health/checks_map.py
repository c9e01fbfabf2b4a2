"""A map from each check to ``healthy``, ``unhealthy`` or ``unknown``; 503 for all but healthy.

Without its database or its redis the platform is unhealthy, without its event bus degraded. An
application that sets the overall word after each check, one after another, may end at ``degraded``
though a check before it had said ``unhealthy``: that contradicts its own map.
"""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading
from seakeep.health.form import Document, filled, word
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

_OF_A_PART = {
    "healthy": Status.HEALTHY,
    "unhealthy": Status.UNHEALTHY,
    "unknown": Status.UNKNOWN,
}
_OF_ALL = {
    "healthy": Status.HEALTHY,
    "degraded": Status.DEGRADED,
    "unhealthy": Status.UNHEALTHY,
}


def _read(document: Document) -> Reading:
    checks = filled(document.get("checks"), "checks")
    parts = {name: word(checks, name, _OF_A_PART, "checks.") for name in checks}
    return Reading(word(document, "status", _OF_ALL), parts)


CONTRACT = Contract(
    name="checks-map",
    codes={Status.HEALTHY: {200}, Status.DEGRADED: {503}, Status.UNHEALTHY: {503}},
    read=_read,
    minor=frozenset({"eventbus"}),
)
