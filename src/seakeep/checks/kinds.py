"""The kinds of checks beside HTTP: a file each, and a line each in one map.

The map is the group ``seakeep.kinds`` of the package's entry points (``pyproject.toml``), as
https://packaging.python.org/en/latest/specifications/entry-points/ has them. So what reads a
platform's file depends on no kind, loads only those that the file names, and finds those of other
packages, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from seakeep.checks.check import Check
from seakeep.checks.http import HttpCheck

__all__ = ["GROUP", "HTTP", "Kind", "check_model", "load_kind"]

GROUP = "seakeep.kinds"
HTTP = "http"


class Kind(Protocol):
    """What an entry point names; `seakeep.probes.kind` tells the rest of it."""

    @property
    def check(self) -> type[Check]:
        """The record that a platform's file holds."""


@cache
def _installed() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


@cache
def load_kind(name: str) -> Kind:
    """Return a kind by name.

    Raises:
        ValueError: There is none; says which there are.
    """
    point = _installed().get(name)
    if point is None:
        raise ValueError(f"one of {', '.join(sorted({HTTP, *_installed()}))}")
    kind: Kind = point.load()
    return kind


def check_model(value: object) -> type[Check]:
    """Return the record for a check as it stands in a file, by its ``kind``.

    Raises:
        ValueError: It names a kind that does not exist.
    """
    name = value.get("kind", HTTP) if isinstance(value, Mapping) else HTTP
    return HttpCheck if name == HTTP else load_kind(str(name)).check
