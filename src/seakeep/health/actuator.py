"""Spring Boot's Actuator: UP, DOWN, OUT_OF_SERVICE or UNKNOWN, and its components when shown.

The whole is the worst of its components in Spring's order, in which UP comes before UNKNOWN; DOWN
and OUT_OF_SERVICE are served with 503, the others with 200. There is no time in it.
https://docs.spring.io/spring-boot/reference/actuator/endpoints.html#actuator.endpoints.health
"""

from __future__ import annotations

from collections.abc import Mapping, Set

from seakeep.health.contract import Contract, Reading
from seakeep.health.form import Document, mapping, word
from seakeep.health.status import Status
from seakeep.health.timestamp import unstamped

__all__ = ["CONTRACT"]

_WORDS = {
    "UP": Status.HEALTHY,
    "DOWN": Status.UNHEALTHY,
    "OUT_OF_SERVICE": Status.UNHEALTHY,
    "UNKNOWN": Status.UNKNOWN,
}
_ORDER = (Status.UNHEALTHY, Status.HEALTHY, Status.UNKNOWN)


def _read(document: Document) -> Reading:
    components = mapping(document.get("components", {}), "components")
    parts = {
        name: word(mapping(component, f"components.{name}"), "status", _WORDS, f"{name}.")
        for name, component in components.items()
    }
    return Reading(word(document, "status", _WORDS), parts)


def _overall(parts: Mapping[str, Status], _minor: Set[str]) -> frozenset[Status]:
    found = set(parts.values())
    return frozenset([next(status for status in _ORDER if status in found)] if found else Status)


CONTRACT = Contract(
    name="actuator",
    codes={Status.HEALTHY: {200}, Status.UNKNOWN: {200}, Status.UNHEALTHY: {503}},
    read=_read,
    said_at=unstamped,
    overall=_overall,
)
