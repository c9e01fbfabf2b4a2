"""Roll-ups: an objective's events, counted once by slices of time, so that no one counts again.

Slices of a minute, an hour and a day lie on the clock: each begins at a whole multiple of its
length since 1970 (UTC). A window is covered by the longest slices that fit into it, and where its
edges are not those of a minute, by the observations themselves. So thirty days are read from some
thirty days, forty-six hours and a hundred minutes, however many events they hold.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from seakeep.histogram import Histogram

__all__ = ["LEVELS_S", "Counts", "Cover", "Piece", "Slice", "SliceKey", "coarsened", "cover"]

DAY_S, HOUR_S, MINUTE_S = 86_400, 3_600, 60
LEVELS_S = (DAY_S, HOUR_S, MINUTE_S)
"""The lengths of slices, in seconds, longest first."""

_US_PER_S = 1_000_000
_MINUTE_US = MINUTE_S * _US_PER_S


class SliceKey(NamedTuple):
    """Which slice: its begin in seconds since 1970, where it was seen, and in which experiment.

    Attributes:
        start_s: When it begins.
        location: Where its observer stood.
        planned: The experiment whose fault was in place; empty for none.
    """

    start_s: int
    location: str
    planned: str


class Counts(NamedTuple):
    """The counts and times of a slice, without what makes it large; see `Slice`."""

    good: int
    bad: int
    invalid: int
    first_us: int | None
    last_us: int | None


@dataclass(slots=True)
class Slice:
    """The events of one slice; it grows while it is counted.

    Attributes:
        good: Events that were good.
        bad: Events that were not.
        invalid: Observations that were no events.
        first_us: When the first event was, in microseconds since 1970; ``None`` without one.
        last_us: When the last event was.
        values: What the events were measured by: durations in seconds, or an attribute's values.
        causes: The causes of the bad events.
        examples: For each cause, when its latest bad event with a message was, and that message.
    """

    good: int = 0
    bad: int = 0
    invalid: int = 0
    first_us: int | None = None
    last_us: int | None = None
    values: Histogram = field(default_factory=Histogram)
    causes: Counter[str] = field(default_factory=Counter)
    examples: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def valid(self) -> int:
        """Return the number of events: good and bad."""
        return self.good + self.bad

    @property
    def counts(self) -> Counts:
        """Return its counts and times alone."""
        return Counts(self.good, self.bad, self.invalid, self.first_us, self.last_us)

    def merge(self, other: Slice) -> None:
        """Add another slice's events to this one's."""
        self.add(other.counts)
        self.learn(other)

    def learn(self, other: Slice) -> None:
        """Add another's values and causes, but not its counts."""
        self.values.merge(other.values)
        self.causes.update(other.causes)
        for cause, example in other.examples.items():
            self.show(cause, example)

    def add(self, counts: Counts) -> None:
        """Add counts and times alone."""
        self.good += counts.good
        self.bad += counts.bad
        self.invalid += counts.invalid
        self.saw(counts.first_us, counts.last_us)

    def saw(self, first_us: int | None, last_us: int | None) -> None:
        """Let the first and the last event be no later and no earlier than these."""
        if first_us is not None and (self.first_us is None or first_us < self.first_us):
            self.first_us = first_us
        if last_us is not None and (self.last_us is None or last_us > self.last_us):
            self.last_us = last_us

    def blame(self, cause: str, at_us: int, message: str, events: int = 1) -> None:
        """Count bad events; without a cause of their own they were good but for a limit: slow."""
        self.bad += events
        why = cause or "slow"
        self.causes[why] += events
        if message:
            self.show(why, (at_us, message))

    def show(self, cause: str, example: tuple[int, str]) -> None:
        """Keep an example of a bad event, if none of its cause is later."""
        self.examples[cause] = max(example, self.examples.get(cause, example))


def coarsened(minutes: Mapping[SliceKey, Slice], level_s: int) -> dict[SliceKey, Slice]:
    """Return the same events by longer slices."""
    longer: dict[SliceKey, Slice] = {}
    for key, one in minutes.items():
        start_s = key.start_s // level_s * level_s
        longer.setdefault(key._replace(start_s=start_s), Slice()).merge(one)
    return longer


class Piece(NamedTuple):
    """Slices of one length that follow one another: ``start_s`` included, ``end_s`` excluded."""

    level_s: int
    start_s: int
    end_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What a window is counted from. All times are since 1970, begins included, ends excluded.

    Attributes:
        start_us: Where it begins; earlier than asked when only a whole slice is left there.
        end_us: Where it ends; later than asked when only a whole slice is left there.
        edges: The stretches that are counted from observations, in microseconds.
        inner: The stretch that is counted from slices, in microseconds; may be empty.
    """

    start_us: int
    end_us: int
    edges: tuple[tuple[int, int], ...]
    inner: tuple[int, int]

    def pieces(self, longest_s: int = DAY_S) -> Iterator[Piece]:
        """Yield the slices that make up the inner stretch, each length at most ``longest_s``."""
        levels = tuple(level_s for level_s in LEVELS_S if level_s <= longest_s)
        return _pieces(self.inner[0] // _US_PER_S, self.inner[1] // _US_PER_S, levels)


def cover(start_us: int, end_us: int, complete_from_us: int) -> Cover:
    """Return how to count a window.

    Args:
        start_us: Its begin, in microseconds since 1970.
        end_us: Its end, which is no longer part of it.
        complete_from_us: From when on no observation was pruned. Before that a minute at an edge
            can't be divided: it is counted whole, and the window widened to it.
    """
    first, last = -(-start_us // _MINUTE_US), end_us // _MINUTE_US
    if first > last and start_us >= complete_from_us:  # all within one minute
        return Cover(start_us=start_us, end_us=end_us, edges=((start_us, end_us),), inner=(0, 0))
    edges: list[tuple[int, int]] = []
    if start_us < complete_from_us:
        first = start_us // _MINUTE_US
        start_us = first * _MINUTE_US
    elif start_us < first * _MINUTE_US:
        edges.append((start_us, first * _MINUTE_US))
    if max(first, last) * _MINUTE_US < complete_from_us:
        last = -(-end_us // _MINUTE_US)
        end_us = last * _MINUTE_US
    elif last * _MINUTE_US < end_us:
        edges.append((last * _MINUTE_US, end_us))
    inner = (first * _MINUTE_US, last * _MINUTE_US)
    return Cover(start_us=start_us, end_us=end_us, edges=tuple(edges), inner=inner)


def _pieces(start_s: int, end_s: int, levels: tuple[int, ...]) -> Iterator[Piece]:
    level_s, *shorter = levels
    first, last = -(-start_s // level_s) * level_s, end_s // level_s * level_s
    if first >= last:
        if shorter:
            yield from _pieces(start_s, end_s, tuple(shorter))
        return
    if shorter:
        yield from _pieces(start_s, first, tuple(shorter))
    yield Piece(level_s, first, last)
    if shorter:
        yield from _pieces(last, end_s, tuple(shorter))
