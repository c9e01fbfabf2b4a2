"""``application/health+json``: pass, warn or fail, and the readings behind it.

The draft is https://datatracker.ietf.org/doc/html/draft-inadarei-api-health-check-06: section 3.1
has the words and their codes, section 4 the checks. In its own example the whole passes while parts
of it warn; so only a part that fails rules ``pass`` out. Each reading has a time of its own, and
may be kept for a while; the newest is when the whole was true. Section 9 asks for a freshness
lifetime: this is the one contract under which the answer may allow storing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from datetime import datetime

from seakeep.health.contract import Contract, Reading, Storing
from seakeep.health.form import Document, mapping, word
from seakeep.health.status import Status
from seakeep.health.timestamp import parse_timestamp

__all__ = ["CONTRACT"]

_WORDS = {
    "pass": Status.HEALTHY,
    "warn": Status.DEGRADED,
    "fail": Status.UNHEALTHY,
    "ok": Status.HEALTHY,
    "up": Status.HEALTHY,
    "error": Status.UNHEALTHY,
    "down": Status.UNHEALTHY,
}


def _read(document: Document) -> Reading:
    parts = {
        where: _word(reading, f"checks.{where}.")
        for where, reading in _readings(document)
        if "status" in reading
    }
    return Reading(_word(document), parts)


def _word(document: Document, where: str = "") -> Status:
    """The words are of either case."""
    found = document.get("status")
    return word(
        {"status": found.lower() if isinstance(found, str) else found}, "status", _WORDS, where
    )


def _readings(document: Document) -> Iterator[tuple[str, Document]]:
    for name, nodes in mapping(document.get("checks", {}), "checks").items():
        several = nodes if isinstance(nodes, list) else [nodes]
        for index, reading in enumerate(several):
            where = f"{name}[{index}]" if len(several) > 1 else name
            yield where, mapping(reading, f"checks.{where}")


def _newest(document: Document) -> datetime | None:
    times = [
        parse_timestamp(reading["time"], f"checks.{where}.time")
        for where, reading in _readings(document)
        if "time" in reading
    ]
    return max(times, default=None)


def _overall(parts: Mapping[str, Status], minor: Set[str]) -> frozenset[Status]:
    failed = {name for name, status in parts.items() if status is Status.UNHEALTHY}
    return frozenset(Status) - ({Status.HEALTHY} if failed - minor else set())


CONTRACT = Contract(
    name="health-json",
    codes={
        Status.HEALTHY: range(200, 400),
        Status.DEGRADED: range(200, 400),
        Status.UNHEALTHY: range(400, 600),
    },
    read=_read,
    said_at=_newest,
    overall=_overall,
    storing=Storing.MAY_ALLOW,
)
