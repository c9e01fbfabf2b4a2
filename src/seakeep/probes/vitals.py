"""Web vitals: what `vitals.js` reports from each document, summed up over a journey.

The page a visitor lands on gives LCP, FCP, TTFB and the load times. INP and CLS are the worst of
any page, since a visitor remembers the worst. Frames inside a page count apart, as ``frame_*``:
a page's own LCP and INP exclude them, by definition.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from seakeep.observation import Attribute

__all__ = ["SCRIPT", "VitalsLog"]

SCRIPT = Path(__file__).with_name("vitals.js")

_OF_LANDING = ("lcp_ms", "fcp_ms", "ttfb_ms", "dom_ms", "load_ms")
_WORST = ("inp_ms", "cls")
_SUMMED = ("bytes", "long_tasks")
_IN_FRAMES = ("lcp_ms", "inp_ms", "cls")

Snapshot = Mapping[str, Any]


class VitalsLog:
    """The latest snapshot of each document that was loaded during a journey."""

    def __init__(self) -> None:
        self._latest: dict[str, Snapshot] = {}

    def take(self, snapshot: str | Snapshot | None) -> None:
        """Take a document's snapshot in place of its earlier ones."""
        found = json.loads(snapshot) if isinstance(snapshot, str) else snapshot
        if found:
            self._latest[str(found["load"])] = found

    def attributes(self) -> dict[str, Attribute]:
        """Return the vitals; those that were not seen, such as INP without a click, are absent."""
        documents = sorted(self._latest.values(), key=lambda snapshot: float(snapshot["began"]))
        pages = [document for document in documents if document["top"]]
        frames = [document for document in documents if not document["top"]]
        found = {name: pages[0][name] for name in _OF_LANDING} if pages else {}
        found |= {name: _worst(pages, name) for name in _WORST}
        found |= {"fid_ms": next((p["fid_ms"] for p in pages if p["fid_ms"] is not None), None)}
        found |= {name: sum(document[name] for document in documents) for name in _SUMMED}
        found |= {f"frame_{name}": _worst(frames, name) for name in _IN_FRAMES}
        return {name: _rounded(value) for name, value in found.items() if value is not None}


def _worst(documents: Iterable[Snapshot], name: str) -> float | None:
    found = (document[name] for document in documents)
    return max((value for value in found if value is not None), default=None)


def _rounded(value: float) -> Attribute:
    return value if isinstance(value, int) else round(value, 4)
