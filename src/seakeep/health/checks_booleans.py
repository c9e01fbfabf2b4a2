"""A map from each check to ``true`` or ``false``; degraded is served with 200.

Without its database the platform is unhealthy (503). Without its redis, or short of memory or disk,
it is degraded, and still works.
"""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading
from seakeep.health.form import Document, filled, flag, word
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

_WORDS = {
    "healthy": Status.HEALTHY,
    "degraded": Status.DEGRADED,
    "unhealthy": Status.UNHEALTHY,
}


def _read(document: Document) -> Reading:
    checks = filled(document.get("checks"), "checks")
    parts = {name: flag(checks, name, "checks.") for name in checks}
    return Reading(word(document, "status", _WORDS), parts)


CONTRACT = Contract(
    name="checks-booleans",
    codes={Status.HEALTHY: {200}, Status.DEGRADED: {200}, Status.UNHEALTHY: {503}},
    read=_read,
    minor=frozenset({"redis", "memory", "disk"}),
)
