"""Histograms of durations and vitals that can be merged, for percentiles of many values.

The buckets are those of DDSketch: Masson, Rim and Lee, "DDSketch: A fast and fully-mergeable
quantile sketch with relative-error guarantees", VLDB 12 (2019), 2195-2205,
https://www.vldb.org/pvldb/vol12/p2195-masson.pdf. A percentile is within `ACCURACY` of the value
that has its rank, for values of any size, so seconds and milliseconds need no range set beforehand.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from math import ceil, log2

from ddsketch import LogarithmicMapping
from ddsketch.ddsketch import BaseDDSketch
from ddsketch.store import DenseStore

__all__ = ["ACCURACY", "Histogram", "bucket"]

ACCURACY = 0.01
"""The largest relative error of a percentile. It is part of the format of stored histograms."""

_MAPPING = LogarithmicMapping(ACCURACY)
_BUCKETS_PER_DOUBLING = math.log(2) / math.log(_MAPPING.gamma)
_TINY, _HUGE = _MAPPING.min_possible, _MAPPING.max_possible


def bucket(value: float) -> int:
    """Return the bucket of a positive value: that of `LogarithmicMapping`, without its detours."""
    return ceil(log2(value) * _BUCKETS_PER_DOUBLING)


class Histogram:
    """How many values fell into each bucket.

    One that was read from bytes stays bytes until it is added to: many of them take little memory.
    """

    __slots__ = ("_above", "_below", "_body", "_zeros")

    def __init__(self, values: Iterable[float] = ()) -> None:
        known = [max(-_HUGE, min(value, _HUGE)) for value in values]
        self._above = Counter(map(bucket, [value for value in known if value > _TINY]))
        self._below = Counter(map(bucket, [-value for value in known if value < -_TINY]))
        self._zeros = len(known) - self._above.total() - self._below.total()
        self._body = b""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Histogram) and bytes(self) == bytes(other)

    def __hash__(self) -> int:
        return hash(bytes(self))

    @classmethod
    def of_positive(cls, counts: Mapping[int, int], zeros: int = 0) -> Histogram:
        """Return the histogram of values that have their `bucket` already.

        Args:
            counts: How many values are in each bucket.
            zeros: How many values are nought, which has no bucket.
        """
        made = cls()
        made._above = Counter(counts)
        made._zeros = zeros
        return made

    @property
    def count(self) -> int:
        """Return how many values it holds."""
        above, below, zeros = self._counts()
        return above.total() + below.total() + zeros

    @property
    def total(self) -> float:
        """Return the sum of the values, as near as a percentile when all have one sign."""
        above, below, _ = self._counts()
        less = sum(_MAPPING.value(key) * count for key, count in below.items())
        return sum(_MAPPING.value(key) * count for key, count in above.items()) - less

    def add(self, value: float, times: int = 1) -> None:
        """Add a value, once or several times."""
        self._open()
        if value > _TINY:
            self._above[bucket(min(value, _HUGE))] += times
        elif value < -_TINY:
            self._below[bucket(min(-value, _HUGE))] += times
        else:
            self._zeros += times

    def merge(self, other: Histogram) -> None:
        """Add another's counts: the outcome is that of one histogram of all values."""
        self._open()
        above, below, zeros = other._counts()
        self._above.update(above)
        self._below.update(below)
        self._zeros += zeros

    def parted(self, count: int) -> tuple[Histogram, Histogram]:
        """Return two histograms, of so many of the values and of the rest, both like the whole.

        Every bucket is parted in the same proportion, as near as whole numbers allow.

        Args:
            count: How many values the first one gets, from 0 to all.
        """
        above, below, zeros = self._counts()
        total = above.total() + below.total() + zeros
        some, rest = Histogram(), Histogram()
        passed = taken = 0

        def share(number: int) -> int:
            nonlocal passed, taken
            passed, before = passed + number, taken
            taken = (2 * count * passed + total) // (2 * total)  # rounded
            return taken - before

        some._below = Counter({key: share(number) for key, number in below.items()})
        some._zeros = share(zeros) if zeros else 0
        some._above = Counter({key: share(number) for key, number in sorted(above.items())})
        some._below, some._above = +some._below, +some._above  # without the empty buckets
        rest._below, rest._above = below - some._below, above - some._above
        rest._zeros = zeros - some._zeros
        return some, rest

    def quantile(self, share: float) -> float | None:
        """Return the smallest value that a share of the values keep within; ``None`` for none.

        Args:
            share: Between 0 and 1; 0.95 for the 95th percentile.
        """
        above, below, zeros = self._counts()
        count = above.total() + below.total() + zeros
        if count == 0:
            return None
        rank = max(1, math.ceil(round(share * count, 9)))  # 0.07 * 100 is 7.000000000000001
        # DDSketch looks for the value that stands at this share of the way from the first to the
        # last; half a step more keeps rounding from hitting the one before.
        way = 1.0 if rank == count else (rank - 0.5) / (count - 1)
        sketch = BaseDDSketch(_MAPPING, _store(above), _store(below), float(zeros))
        return sketch.get_quantile_value(way)

    def count_within(self, limit: float) -> int:
        """Return how many values are at most ``limit``.

        Those of the bucket that the limit lies in count as its middle: all of them, or none.
        """
        above, below, zeros = self._counts()
        found = sum(count for key, count in below.items() if -_MAPPING.value(key) <= limit)
        found += zeros if limit >= 0 else 0
        return found + sum(count for key, count in above.items() if _MAPPING.value(key) <= limit)

    def __bytes__(self) -> bytes:
        """Return it in a compact form: `from_bytes` reads it back."""
        return self._body or _encode((self._zeros, *_pairs(self._above), *_pairs(self._below)))

    @classmethod
    def from_bytes(cls, body: bytes) -> Histogram:
        """Return the histogram that `__bytes__` wrote."""
        made = cls()
        made._body = body
        return made

    def _counts(self) -> tuple[Counter[int], Counter[int], int]:
        """Its values above and below nought by bucket, and how many are nought."""
        if not self._body:
            return self._above, self._below, self._zeros
        numbers = iter(_decode(self._body))
        zeros = next(numbers)
        return _counter(numbers), _counter(numbers), zeros

    def _open(self) -> None:
        if self._body:
            self._above, self._below, self._zeros = self._counts()
            self._body = b""


def _pairs(counts: Counter[int]) -> Iterator[int]:
    """How many buckets, then each one's distance from the one before, and its count."""
    yield len(counts)
    last = 0
    for key in sorted(counts):
        distance = key - last
        yield distance << 1 if distance >= 0 else -distance << 1 | 1  # the sign in the last bit
        yield counts[key]
        last = key


def _counter(numbers: Iterator[int]) -> Counter[int]:
    counts: Counter[int] = Counter()
    key = 0
    for _ in range(next(numbers)):
        distance = next(numbers)
        key += -(distance >> 1) if distance & 1 else distance >> 1
        counts[key] = next(numbers)
    return counts


def _encode(numbers: Iterable[int]) -> bytes:
    """Unsigned LEB128, of which most counts need one byte; https://dwarfstd.org, section 7.6."""
    out = bytearray()
    for number in numbers:
        rest = number
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out)


def _decode(body: bytes) -> Iterator[int]:
    number = shift = 0
    for byte in body:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield number
            number = shift = 0


def _store(counts: Counter[int]) -> DenseStore:
    store = DenseStore()
    for key, count in counts.items():
        store.add(key, count)
    return store
