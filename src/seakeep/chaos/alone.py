"""One experiment at a time: two would blame each other's faults on the platform."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seakeep.errors import RefusedError, StoreError

__all__ = ["alone"]


@contextmanager
def alone(home: Path, experiment: str) -> Iterator[None]:
    """Be the only experiment of a home folder; the kernel lets go when this process dies.

    Args:
        home: The folder of the store and the ledger.
        experiment: What to call this one, for others that are refused meanwhile.

    Raises:
        RefusedError: There is another one.
        StoreError: The folder can't be used.
    """
    file = home / "experiment.lock"
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreError(f"can't lock {file}: {error}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            who = os.pread(handle, 200, 0).decode(errors="replace").strip() or "another experiment"
            raise RefusedError(f"{who} is under way ({file}); wanted one at a time") from None
        _sign(handle, f"{experiment} (process {os.getpid()})")
        yield
    finally:
        os.close(handle)


def _sign(handle: int, name: str) -> None:
    """Say who it is; a full disk does not matter here."""
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, name.encode(), 0)
    except OSError:
        return
