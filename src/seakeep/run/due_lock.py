"""One `seakeep chaos due` at a time in a home folder, whatever the platform."""

from __future__ import annotations

import contextlib
import fcntl
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from seakeep.errors import StoreError

__all__ = ["FILE_NAME", "DueLock", "due_lock"]

FILE_NAME = "chaos-due.lock"
_MOST = 64 * 1024
"""Bytes that are read of what another has written."""


class DueLock:
    """The lock, held or not.

    Attributes:
        held: Whether it is ours; otherwise another process has it.
    """

    def __init__(self, file: IO[str], *, held: bool) -> None:
        self._file = file
        self.held = held

    def note(self, platform: str, experiments: Sequence[str]) -> None:
        """Tell others which experiments are in hand here."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(json.dumps({"platform": platform, "experiments": list(experiments)}))
        self._file.flush()

    def in_hand(self, platform: str) -> frozenset[str]:
        """Return which experiments of a platform its holder has in hand, as far as it told."""
        self._file.seek(0)
        with contextlib.suppress(ValueError, KeyError, TypeError):
            told = json.loads(self._file.read(_MOST))
            if told["platform"] == platform:
                return frozenset(map(str, told["experiments"]))
        return frozenset()


@contextlib.contextmanager
def due_lock(home: Path) -> Iterator[DueLock]:
    """Take the lock if it is free; the kernel gives it back however the process ends.

    https://man7.org/linux/man-pages/man2/flock.2.html

    Raises:
        StoreError: The file can't be written or locked.
    """
    path = home / FILE_NAME
    with contextlib.ExitStack() as stack:
        try:
            home.mkdir(parents=True, exist_ok=True)
            file = stack.enter_context(path.open("a+"))
            held = _taken(file)
        except OSError as error:
            wanted = "wanted a writable folder on a local disk"
            raise StoreError(f"can't lock {path}: {error}; {wanted}") from error
        lock = DueLock(file, held=held)
        if held:
            lock.note("", ())  # what the holder before had in hand, is over
        yield lock


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
