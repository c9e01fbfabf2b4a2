"""Recorded arrivals: a file of times, a line each, that a load run plays again.

A line begins with a time (its first CSV column): seconds, or ISO 8601; or it is a line of an access
log, with its ``[10/Oct/2000:13:55:36 -0700]``
(https://httpd.apache.org/docs/current/logs.html#common). The first line says which of them, for
the whole file. Blank lines, lines that begin with ``#``, and a header, which is the first of the
others and has no digit, are passed over.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from pathlib import Path

from seakeep.errors import ConfigError, Problem
from seakeep.plain import one_line

__all__ = ["MAX_LINES", "Recording", "read_recording"]

MAX_LINES = 2_000_000
"""The most lines of a file: their times take 8 bytes each, and all of them some seconds to read."""

_LONGEST_LINE = 64 * 1024

_SECONDS = re.compile(r"\d{1,11}(?:\.\d{1,12})?", re.ASCII)  # eleven digits: not milliseconds
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LOGGED = re.compile(
    rf"\[(\d\d)/({'|'.join(_MONTHS)})/(\d{{4}}):(\d\d:\d\d:\d\d) ([+-]\d{{4}})\]", re.ASCII
)


@dataclass(frozen=True)
class Recording:
    """When people arrived.

    Attributes:
        times_s: Ascending, from the first arrival on.
    """

    times_s: Sequence[float]

    @property
    def duration_s(self) -> float:
        """Return how long it is, to the end of the second in which the last one arrived."""
        return float(int(self.times_s[-1]) + 1)

    @cached_property
    def peak_per_s(self) -> float:
        """Return how many arrived in the busiest second."""
        most, at = 0, 0
        while at < len(self.times_s):
            end = bisect_right(self.times_s, int(self.times_s[at]), lo=at, key=int)
            most, at = max(most, end - at), end
        return float(most)

    def counts(self, width_s: float) -> list[int]:
        """Return how many arrived in each stretch of a width, from the first to the last."""
        ends = range(1, math.ceil(self.duration_s / width_s) + 1)
        until = [bisect_left(self.times_s, index * width_s) for index in ends]
        return [after - before for before, after in pairwise((0, *until))]


def read_recording(file: Path) -> Recording:
    """Return the arrivals of a file, sorted; the same file, unchanged, is read once.

    When all times are whole seconds, as in an access log, nobody knows when within its second one
    arrived: those of the same second are spread evenly over it, and do not come all at once.

    Raises:
        ConfigError: It can't be read, holds no time or too many, or a line of it has none.
    """
    try:
        state = file.stat()
        return _read(file, state.st_mtime_ns, state.st_size)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError([Problem(file, 0, "", reason, "a readable file")]) from None


@lru_cache(maxsize=2)
def _read(file: Path, _changed_ns: int, _size: int) -> Recording:
    times = array("d", _times(file))
    if not times:
        raise ConfigError([Problem(file, 0, "", "no times", "at least one arrival")])
    return Recording(_ordered(times))


def _times(file: Path) -> Iterator[float]:
    """Yield the time of each line, in seconds of any epoch, as they come."""
    form, header = "", (0, "")
    for number, line in _lines(file):
        form = form or _form(line)
        if not form and not header[0] and _may_be_header(line):
            header = (number, line)
            continue
        try:
            yield _FORMS[form](line)
        except (KeyError, ValueError):
            wanted = f"{form}, as in the lines before" if form in _FORMS else _WANTED
            raise _not_a_time(file, number, line, wanted) from None
    if header[0] and not form:
        raise _not_a_time(file, *header, _WANTED)


def _may_be_header(line: str) -> bool:
    """Return whether a line is text without a digit, and so no mistaken time and nothing binary."""
    text = line.replace("\t", " ")
    return text.isprintable() and not any(letter.isdigit() for letter in text)


def _not_a_time(file: Path, number: int, line: str, wanted: str) -> ConfigError:
    found = repr(one_line(_cell(line), 40))
    return ConfigError([Problem(file, number, "", found, wanted)])


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield each line that says something, with its number."""
    with file.open("rb") as opened:
        read = partial(opened.readline, _LONGEST_LINE)
        for number, raw in enumerate(iter(read, b""), start=1):
            if number > MAX_LINES:
                raise ConfigError(
                    [Problem(file, number, "", "more lines", f"at most {MAX_LINES:,}")]
                )
            if len(raw) == _LONGEST_LINE:
                found, wanted = f"{_LONGEST_LINE} bytes without an end", "a line of text"
                raise ConfigError([Problem(file, number, "", found, wanted)])
            line = raw.decode("utf-8-sig", errors="replace").strip()
            if line and not line.startswith("#"):
                yield number, line


def _form(line: str) -> str:
    """Return how a line says its time: the first form that can read it; empty when none can."""
    for form, read in _FORMS.items():
        try:
            read(line)
        except ValueError:
            continue
        return form
    return ""


def _cell(line: str) -> str:
    return line.partition(",")[0].strip().strip('"')


def _seconds(line: str) -> float:
    cell = _cell(line)
    if not _SECONDS.fullmatch(cell):
        raise ValueError(cell)
    return float(cell)


def _moment(line: str) -> datetime:
    cell = _cell(line)
    if ":" not in cell:  # a date alone would be midnight
        raise ValueError(cell)
    return datetime.fromisoformat(cell)


def _with_offset(line: str) -> float:
    moment = _moment(line)
    if moment.tzinfo is None:
        raise ValueError(line)
    return moment.timestamp()


def _without_offset(line: str) -> float:
    moment = _moment(line)
    if moment.tzinfo is not None:
        raise ValueError(line)
    return moment.replace(tzinfo=UTC).timestamp()


def _logged(line: str) -> float:
    found = _LOGGED.search(line)
    if found is None:
        raise ValueError(line)
    return _logged_time(*found.groups())


@lru_cache(maxsize=64)  # many lines are of the same second
def _logged_time(day: str, month: str, year: str, clock: str, offset: str) -> float:
    number = _MONTHS.index(month) + 1
    return datetime.fromisoformat(f"{year}-{number:02}-{day}T{clock}{offset}").timestamp()


_FORMS: Mapping[str, Callable[[str], float]] = {
    "seconds": _seconds,
    "an ISO 8601 time with its offset from UTC": _with_offset,
    "an ISO 8601 time without an offset": _without_offset,
    "a log line with its [10/Oct/2000:13:55:36 -0700]": _logged,
}
_WANTED = "seconds, an ISO 8601 time, or a log line with its [10/Oct/2000:13:55:36 -0700]"


def _ordered(times: array[float]) -> array[float]:
    """Return times in order, from zero on, those of whole seconds spread."""
    import numpy as np  # noqa: PLC0415 - heavy, and only a replay needs it

    found = np.sort(np.frombuffer(times))
    whole = bool((found == np.floor(found)).all())
    found = found - found[0]
    if whole:
        _, first, counts = np.unique(found, return_index=True, return_counts=True)
        rank = np.arange(len(found)) - np.repeat(first, counts)
        found = found + rank / np.repeat(counts, counts)
    return array("d", found.tobytes())
