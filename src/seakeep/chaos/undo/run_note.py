"""A note of each experiment under way, so that one that was killed still comes to a record.

One JSON file per run beside the ledger's entries, from before the first injection until the
result is in the store.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from seakeep.chaos.plan import Plan
from seakeep.chaos.undo.ledger import write_synced
from seakeep.errors import StoreError
from seakeep.processes import living

__all__ = ["RunNote", "RunNotes"]

_SUFFIX = ".run"


@dataclass(frozen=True, slots=True)
class RunNote:
    """One run of one experiment, and the process that is about it.

    Attributes:
        id: Unique; the file's name.
        run_id: The run it belongs to.
        experiment: The experiment's name.
        platform: The platform's name.
        platform_folder: Where its files are.
        location: Where the observer stands.
        began_at: When it began (ISO 8601, UTC).
        harness_pid: The harness' process.
        harness_created_s: When that process was created, as psutil tells it.
        host: The machine it is on.
    """

    id: str
    run_id: str
    experiment: str
    platform: str
    platform_folder: str
    location: str
    began_at: str
    harness_pid: int
    harness_created_s: float
    host: str

    @classmethod
    def of(cls, plan: Plan, began_at: str) -> RunNote:
        """Return the note of an experiment that this process is about to run."""
        process = psutil.Process()
        return cls(
            id=f"{plan.origin.run_id}-{secrets.token_hex(3)}",
            run_id=plan.origin.run_id,
            experiment=plan.origin.experiment,
            platform=plan.platform.name,
            platform_folder=str(plan.platform.folder.absolute()),
            location=plan.location,
            began_at=began_at,
            harness_pid=process.pid,
            harness_created_s=process.create_time(),
            host=socket.gethostname(),
        )

    @property
    def harness_lives(self) -> bool:
        """Whether the process is still there; on another machine that can't be told: false."""
        here = self.host == socket.gethostname()
        return here and living(self.harness_pid, self.harness_created_s) is not None


class RunNotes:
    """The notes of one home folder."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "ledger"

    def write(self, note: RunNote) -> None:
        """Note that a run is under way.

        Raises:
            StoreError: It is not on disk.
        """
        write_synced(self._file(note), json.dumps(asdict(note), indent=2) + "\n")

    def remove(self, note: RunNote) -> None:
        """Forget a run whose result is recorded; no error when it is forgotten already.

        Raises:
            StoreError: The file can't be removed.
        """
        try:
            self._file(note).unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(f"can't remove {self._file(note)}: {error}") from error

    @contextlib.contextmanager
    def held(self, note: RunNote) -> Iterator[bool]:
        """Be the only one to record a run, and tell whether nobody else has done so before.

        A killed harness' supervisor and `seakeep recover` may come to it at the same time. The
        kernel lets go when this process dies.

        Raises:
            StoreError: The file can't be read.
        """
        file = self._file(note)
        try:
            handle = os.open(file, os.O_RDONLY)
        except FileNotFoundError:
            yield False
            return
        except OSError as error:
            raise StoreError(f"can't read {file}: {error}") from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield file.exists()
        finally:
            os.close(handle)

    def all(self) -> tuple[RunNote, ...]:
        """Return the notes there are, oldest first; what can't be read says nothing of a run."""
        notes = []
        for file in sorted(self._folder.glob(f"*{_SUFFIX}")):
            with contextlib.suppress(OSError, ValueError, TypeError):
                notes.append(RunNote(**json.loads(file.read_text())))
        return tuple(notes)

    def _file(self, note: RunNote) -> Path:
        return self._folder / f"{note.id}{_SUFFIX}"
