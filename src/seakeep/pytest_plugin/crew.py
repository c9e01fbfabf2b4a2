"""What the workers of one session have in common: a folder with a lock, and where they began.

The worker that holds the lock sends the checks, all of them at once. The others wait for the lock,
and find in the store what the first has seen. The system takes the lock from a worker that dies,
so that the next one goes on.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seakeep.errors import StoreError
from seakeep.store import Condition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seakeep.observation import Observation
    from seakeep.store import Store

__all__ = ["Begin", "Crew"]

_BEGIN = "begin.json"
_LOCK = "lock"
_OPEN = ".open"


@dataclass(frozen=True, slots=True)
class Begin:
    """Where a session began.

    Attributes:
        last_id: The store's last row before it.
        platform: The folder of the platform that it watches.
    """

    last_id: int
    platform: str


class Crew:
    """The workers of one session. Each process has its own `Crew` on the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: int | None = None

    @property
    def leads(self) -> bool:
        """Whether this worker is the one that sends the checks."""
        return self._held is not None

    def join(self, store: Store, platform: Path) -> None:
        """Note where the session begins, unless another worker has done so already.

        Raises:
            StoreError: The folder can't be written.
        """
        own = self._folder / f"{os.getpid()}.json"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            own.write_text(json.dumps([store.last_id(), str(platform.absolute())]))
            with contextlib.suppress(FileExistsError):
                (self._folder / _BEGIN).hardlink_to(own)  # whole from its first moment
            own.unlink()
        except OSError as error:
            raise StoreError(f"can't write {self._folder}: {error}; wanted a local disk") from None

    def begin(self) -> Begin | None:
        """Return where the session began; ``None`` when no worker looked at anything."""
        try:
            last_id, platform = json.loads((self._folder / _BEGIN).read_text())
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Begin(last_id, platform)

    def lead(self, *, wait: bool) -> bool:
        """Take the lead if nobody has it, or wait until nobody does; return whether it is ours."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            return False
        except BaseException:
            os.close(descriptor)
            raise
        self._held = descriptor
        return True

    def leave(self) -> None:
        """Give the lead back."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)

    def recorded(self, store: Store, platform: str, run_id: str) -> tuple[Observation, ...]:
        """Return the checks and journeys that this session has recorded so far."""
        begin = self.begin()
        if begin is None:
            return ()
        ours = Condition(
            "id > ? AND run_id = ? AND +platform = ? AND kind IN ('probe', 'journey')",
            (begin.last_id, run_id, platform),
        )
        return tuple(store.observations(ours))

    def leave_open(self, names: Sequence[str]) -> None:
        """Note which checks this worker started, and could not wait for."""
        if names:
            with contextlib.suppress(OSError):
                (self._folder / f"{os.getpid()}{_OPEN}").write_text(json.dumps(names))

    def left_open(self) -> tuple[str, ...]:
        """Return the names of the checks that workers, which have ended, could not wait for."""
        files = sorted(self._folder.glob(f"*{_OPEN}"))
        with contextlib.suppress(ValueError):  # a worker that was killed while it wrote
            return tuple(name for file in files for name in json.loads(file.read_text()))
        return ()

    def disband(self) -> None:
        """Remove the folder; nobody needs it any more."""
        shutil.rmtree(self._folder, ignore_errors=True)
        with contextlib.suppress(OSError):
            self._folder.parent.rmdir()
