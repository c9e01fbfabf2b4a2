"""Whether it may be sent requests: ``ready``, or ``not ready`` with 503 and the error."""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading
from seakeep.health.form import Document, word
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

_WORDS = {"ready": Status.HEALTHY, "not ready": Status.UNHEALTHY}


def _read(document: Document) -> Reading:
    return Reading(word(document, "status", _WORDS))


CONTRACT = Contract(
    name="ready",
    codes={Status.HEALTHY: {200}, Status.UNHEALTHY: {503}},
    read=_read,
)
