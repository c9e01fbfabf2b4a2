"""Whether the process answers: ``alive``, and no other word; a dead one says nothing."""

from __future__ import annotations

from seakeep.health.contract import Contract, Reading
from seakeep.health.form import Document, word
from seakeep.health.status import Status

__all__ = ["CONTRACT"]


def _read(document: Document) -> Reading:
    return Reading(word(document, "status", {"alive": Status.HEALTHY}))


CONTRACT = Contract(name="alive", codes={Status.HEALTHY: {200}}, read=_read)
