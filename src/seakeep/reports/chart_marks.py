"""Moments in a picture: a line each, and its words above, where there is room for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from seakeep.reports.svg import tag
from seakeep.reports.timeline_axis import Axis

__all__ = ["Mark", "MarkRows", "mark_rows"]

_ROW = 16.0
_LETTER = 6.9
"""About the width of a letter, in pixels."""

_GAP = 10.0
_MARGIN = 50.0
"""Words may reach so far beyond the plot, over the place of its scales."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment.

    Attributes:
        kind: Its CSS class.
        words: What happened.
        x: Where it lies, in pixels.
    """

    kind: str
    words: str
    x: float


@dataclass(frozen=True, slots=True)
class MarkRows:
    """Marks with places for their words.

    Attributes:
        placed: Each mark with its row, and whether its words lie left of its line.
        height: What all rows take, in pixels.
    """

    placed: tuple[tuple[Mark, int, bool], ...]
    height: float

    def drawn(self, foot: float) -> Iterator[Markup]:
        """Yield the lines, down to ``foot``, and their words."""
        for mark, row, is_left in self.placed:
            y = row * _ROW
            yield tag("line", class_=f"moment {mark.kind}", x1=mark.x, x2=mark.x, y1=y + 2, y2=foot)
            x, side = (mark.x - 4, " end") if is_left else (mark.x + 4, "")
            yield tag("text", mark.words, class_=f"moment-words {mark.kind}{side}", x=x, y=y + 12)


def mark_rows(marks: Sequence[Mark], axis: Axis) -> MarkRows:
    """Place each mark's words where they cover no others, and cross no other mark's line.

    A line begins beside its own words: those that lie across another line go above the words of
    that one. Words go right of their line, or left of it where the right has no room.
    """
    waiting = _sided(marks, axis)
    rows: list[list[_Words]] = []
    while waiting:
        free = (one for one in waiting if not any(one.crosses(other) for other in waiting))
        words = next(free, waiting[0])  # of those that cross each other one has to be the first
        waiting.remove(words)
        below = [row for row, found in enumerate(rows) if any(map(words.crosses, found))]
        row = max(below, default=-1) + 1
        while row < len(rows) and any(map(words.meets, rows[row])):
            row += 1
        if row == len(rows):
            rows.append([])
        rows[row].append(words)
    placed = (
        (words.mark, row, words.is_left)
        for row, found in enumerate(reversed(rows))
        for words in found
    )
    return MarkRows(tuple(placed), len(rows) * _ROW)


@dataclass(frozen=True, slots=True)
class _Words:
    """Where the words of a mark lie, from left to right."""

    mark: Mark
    is_left: bool

    @property
    def span(self) -> tuple[float, float]:
        width = len(self.mark.words) * _LETTER + 4
        x = self.mark.x
        return (x - width, x) if self.is_left else (x, x + width)

    def crosses(self, other: _Words) -> bool:
        begin, end = self.span
        return self is not other and begin < other.mark.x < end

    def meets(self, other: _Words) -> bool:
        return self.span[0] < other.span[1] + _GAP and other.span[0] < self.span[1] + _GAP


def _sided(marks: Sequence[Mark], axis: Axis) -> list[_Words]:
    """Return all words on one side of their lines, from the right of the picture to its left."""
    found: list[_Words] = []
    for mark in sorted(marks, key=lambda mark: -mark.x):
        words, turned = _Words(mark, is_left=False), _Words(mark, is_left=True)
        beyond = words.span[1] > axis.right + _MARGIN
        tangled = any(words.crosses(other) and other.crosses(words) for other in found)
        room = turned.span[0] >= axis.left
        found.append(turned if beyond or (tangled and room) else words)
    return found
