"""A word and a time, and nothing of any part: that the process answers at all."""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading
from seakeep.health.form import Document, word
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

_WORDS = {"healthy": Status.HEALTHY, "unhealthy": Status.UNHEALTHY}


def _read(document: Document) -> Reading:
    return Reading(word(document, "status", _WORDS))


CONTRACT = Contract(
    name="status-only",
    codes={Status.HEALTHY: {200}, Status.UNHEALTHY: {503}},
    read=_read,
)
