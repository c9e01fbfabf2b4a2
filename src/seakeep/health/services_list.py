"""A list of services, each healthy or not; the whole is healthy when all of them are.

A service whose own check caught its error stands in the list as healthy, with the truth in its
details (``{"status": "healthy", "details": {"status": "unhealthy"}}``): a check that ended is not a
check that passed. Such details count as a part of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.health.contract import Contract, Reading, Storing
from seakeep.health.form import Document, mapping, named, word
from seakeep.health.status import Status

__all__ = ["CONTRACT"]

_WORDS = {"healthy": Status.HEALTHY, "unhealthy": Status.UNHEALTHY}


def _read(document: Document) -> Reading:
    parts: dict[str, Status] = {}
    for where, service in _services(document.get("services")):
        name = named(parts, service.get("service"), f"{where}service")
        parts[name] = word(service, "status", _WORDS, where)
        if parts[name] is Status.HEALTHY and _is_unhealthy_inside(service.get("details")):
            parts[f"{name} (details)"] = Status.UNHEALTHY
    return Reading(word(document, "status", _WORDS), parts)


def _is_unhealthy_inside(details: object) -> bool:
    inner = details.get("status") if isinstance(details, dict) else None
    return isinstance(inner, str) and inner == Status.UNHEALTHY


def _services(value: object) -> Iterator[tuple[str, Document]]:
    if not isinstance(value, list) or not value:
        raise ValueError("services: a list of at least one service, got none")
    for index, service in enumerate(value):
        where = f"services[{index}]"
        yield f"{where}.", mapping(service, where)


CONTRACT = Contract(
    name="services-list",
    codes={Status.HEALTHY: {200}, Status.UNHEALTHY: {503}},
    read=_read,
    storing=Storing.MUST_FORBID,
)
