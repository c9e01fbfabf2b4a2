"""Web vitals: what `vitals.js` reports from each document, summed up over a journey.

The page a visitor lands on gives LCP, FCP, TTFB and the load times. INP and CLS are the worst of
any page, since a visitor remembers the worst. Frames inside a page count apart, as ``frame_*``:
a page's own LCP and INP exclude them, by definition.

Reports come through the page, which may say anything: what is not a snapshot is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seakeep.observation import Attribute

__all__ = ["SCRIPT", "Snapshot", "VitalsLog"]

SCRIPT = Path(__file__).with_name("vitals.js")

MAX_DOCUMENTS = 200
_MAX_REPORT = 16 * 1024  # characters; one of ours has some 300
_MAX_NUMBER = 1e15  # milliseconds since 1970 and bytes of a page are far below it

_OF_LANDING = ("lcp_ms", "fcp_ms", "ttfb_ms", "dom_ms", "load_ms")
_WORST = ("inp_ms", "cls")
_SUMMED = ("bytes", "long_tasks")
_IN_FRAMES = ("lcp_ms", "inp_ms", "cls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One document as it stood when it reported.

    Attributes:
        load: The document's own id.
        top: Whether it is a page, and not a frame inside of one.
        began: When it was navigated to, in milliseconds of Unix time.
        bytes: What it and its resources took over the wire.
        long_tasks: How many tasks held its thread for 50 ms or more.
        cls: Its cumulative layout shift.
        lcp_ms: Each of the other vitals, and ``None`` where there is none, or none yet.
    """

    load: str
    top: bool
    began: float
    bytes: float
    long_tasks: float
    cls: float
    lcp_ms: float | None
    fcp_ms: float | None
    fid_ms: float | None
    inp_ms: float | None
    ttfb_ms: float | None
    dom_ms: float | None
    load_ms: float | None

    @classmethod
    def read(cls, report: object) -> Snapshot | None:
        """Return the snapshot that a page reported as JSON; ``None`` when it is none."""
        found = _document(report)
        try:
            if not isinstance(found["load"], str) or not isinstance(found["top"], bool):
                return None
            numbers: dict[str, Any] = {name: _number(found[name]) for name in _NUMBERS}
            given = (name for name in _OPTIONAL if found[name] is not None)
            numbers |= dict.fromkeys(_OPTIONAL) | {name: _number(found[name]) for name in given}
            return cls(load=found["load"], top=found["top"], **numbers)
        except (KeyError, ValueError):
            return None


_NUMBERS = ("began", "bytes", "long_tasks", "cls")
_OPTIONAL = ("lcp_ms", "fcp_ms", "fid_ms", "inp_ms", "ttfb_ms", "dom_ms", "load_ms")


def _document(report: object) -> Mapping[str, Any]:
    if not isinstance(report, str) or len(report) > _MAX_REPORT:
        return {}
    try:
        found = json.loads(report)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("not a number")  # noqa: TRY004 - a report is no call
    if not 0 <= value <= _MAX_NUMBER:  # NaN is not, either
        raise ValueError("not a number that a page can have")
    return value


class VitalsLog:
    """The latest snapshot of each document that was loaded during a journey."""

    def __init__(self) -> None:
        self._latest: dict[str, Snapshot] = {}

    def take(self, report: object) -> None:
        """Take a document's report in place of its earlier ones."""
        found = Snapshot.read(report)
        if found and (found.load in self._latest or len(self._latest) < MAX_DOCUMENTS):
            self._latest[found.load] = found

    def attributes(self) -> dict[str, Attribute]:
        """Return the vitals; those that were not seen, such as INP without a click, are absent."""
        documents = sorted(self._latest.values(), key=lambda snapshot: snapshot.began)
        pages = [document for document in documents if document.top]
        frames = [document for document in documents if not document.top]
        found = {name: getattr(pages[0], name) for name in _OF_LANDING} if pages else {}
        found |= {name: _worst(pages, name) for name in _WORST}
        found |= {"fid_ms": next((p.fid_ms for p in pages if p.fid_ms is not None), None)}
        found |= {name: sum(getattr(each, name) for each in documents) for name in _SUMMED}
        found |= {f"frame_{name}": _worst(frames, name) for name in _IN_FRAMES}
        return {name: _rounded(value) for name, value in found.items() if value is not None}


def _worst(documents: Iterable[Snapshot], name: str) -> float | None:
    found = (getattr(document, name) for document in documents)
    return max((value for value in found if value is not None), default=None)


def _rounded(value: float) -> Attribute:
    return value if isinstance(value, int) else round(value, 4)
