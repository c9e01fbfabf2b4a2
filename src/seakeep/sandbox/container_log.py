"""The log of one run of a container: what its process says, line by line, each with its time.

The form is the one that container runtimes write for a kubelet:
https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal

__all__ = ["ContainerLog", "LogLine", "read_lines"]

Stream = Literal["stdout", "stderr"]

_FILE_LIMIT_BYTES = 8 * 1024 * 1024
_LINE_LIMIT_BYTES = 16 * 1024  # longer ones are written in parts
_READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line, or a part of a long one.

    Attributes:
        whole: Whether the line ends with it.
    """

    moment: datetime
    text: bytes
    whole: bool

    def as_bytes(self, *, timestamps: bool) -> bytes:
        """It as clients get it."""
        time = f"{_written(self.moment)} ".encode() if timestamps else b""
        return time + self.text + (b"\n" if self.whole else b"")


class ContainerLog:
    """Writes the file, and tells who follows it that there is more.

    A file that is full begins anew: the latest lines are the ones that matter.

    Args:
        path: The file; what was there goes.
        limit_bytes: When it is full.
    """

    def __init__(self, path: Path, limit_bytes: int = _FILE_LIMIT_BYTES) -> None:
        self.path = path
        self._limit_bytes = limit_bytes
        self._file: BinaryIO = path.open("wb", buffering=0)
        self._size = 0
        self._grown = asyncio.Event()
        self.ended = False

    @property
    def grown(self) -> asyncio.Event:
        """Set when there is more to read, or no more to come; a new one each time."""
        return self._grown

    async def copy(self, source: asyncio.StreamReader, stream: Stream) -> None:
        """Write down everything that comes, until its end."""
        rest = b""
        while chunk := await source.read(_READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            self._write(stream, lines)
            while len(rest) > _LINE_LIMIT_BYTES:
                self._append(stream, "P", rest[:_LINE_LIMIT_BYTES])
                rest = rest[_LINE_LIMIT_BYTES:]
        if rest:
            self._write(stream, [rest])

    def close(self) -> None:
        """No more will come."""
        self._file.close()
        self.ended = True
        self._wake()

    def _write(self, stream: Stream, lines: list[bytes]) -> None:
        for line in lines:
            parts = range(0, max(len(line), 1), _LINE_LIMIT_BYTES)
            for start in parts:
                tag = "F" if start == parts[-1] else "P"
                self._append(stream, tag, line[start : start + _LINE_LIMIT_BYTES])
        self._wake()

    def _append(self, stream: Stream, tag: str, text: bytes) -> None:
        if self._file.closed:
            return
        entry = f"{_written(datetime.now(UTC))} {stream} {tag} ".encode() + text + b"\n"
        if self._size + len(entry) > self._limit_bytes:
            self._file.truncate(0)
            self._file.seek(0)
            self._size = 0
        try:
            self._size += self._file.write(entry)
        except OSError:  # a full disk is no reason for the container to stop
            return

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()


def read_lines(path: Path, offset: int = 0) -> tuple[Iterator[LogLine], int]:
    """The lines of a log file from an offset on, and the offset after them.

    A file that has become shorter has begun anew, and is read from its start.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = offset if offset <= size else 0
            file.seek(start)
            found = file.read(size - start)
    except OSError:
        return iter(()), offset
    end = found.rfind(b"\n") + 1  # half an entry is read next time
    return filter(None, map(_parsed, found[:end].split(b"\n"))), start + end


def _parsed(entry: bytes) -> LogLine | None:
    moment, _, rest = entry.partition(b" ")
    _, _, rest = rest.partition(b" ")
    tag, _, text = rest.partition(b" ")
    try:
        when = datetime.fromisoformat(moment.decode("ascii"))
    except ValueError:
        return None
    return LogLine(when, text, tag == b"F")


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
