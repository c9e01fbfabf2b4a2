"""The ledger: what must be undone, on disk before it is done.

One JSON file per injection in ``$SEAKEEP_HOME/ledger/``, written whole and synced with its folder.
When the undo was proven it is renamed, which takes no space on a disk that is full. A file that
was never closed is a fault that may be in place, whatever became of the process that made it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.kubernetes.connection import Place, environment_kubeconfig
from seakeep.chaos.undo.undo import Undo, undo_from_json
from seakeep.errors import StoreError

__all__ = ["Entry", "Ledger", "write_synced"]

_CLOSED = ".closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One injection and the way back from it.

    Attributes:
        id: Unique, sorts by time; the file's name.
        opened_at: When it was written (ISO 8601, UTC), which was before the injection.
        run_id: The run it belongs to.
        experiment: The experiment's name.
        place: The cluster.
        fault: The fault, for people.
        undo: What takes it back.
    """

    id: str
    opened_at: str
    run_id: str
    experiment: str
    place: Place
    fault: str
    undo: Undo

    @property
    def origin(self) -> Origin:
        """Whose fault it is."""
        return Origin(self.experiment, self.run_id)

    def to_json(self) -> str:
        """Return what `from_json` reads."""
        body = asdict(self) | asdict(self.place) | {"undo": self.undo.to_json()}
        del body["place"]
        return json.dumps(body, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Entry:
        """Return the entry that was written.

        Raises:
            ValueError: It is not JSON, or of no known kind.
            TypeError: Fields are missing, or unknown.
            KeyError: The undo is missing.
            AttributeError: It is no mapping.
        """
        body = json.loads(text)
        body.pop("closed_at", None)  # how entries were closed once
        place = Place(**{field.name: body.pop(field.name, "") for field in fields(Place)})
        return cls(**body | {"place": place, "undo": undo_from_json(body["undo"])})


class Ledger:
    """The entries of one home folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "ledger"

    def open(self, origin: Origin, fault: str, undo: Undo, place: Place | None = None) -> Entry:
        """Write down how to undo what is about to be done; see `draft`.

        Raises:
            StoreError: It is not on disk, so nothing may be injected.
        """
        entry = self.draft(origin, fault, undo, place, datetime.now(UTC))
        self.write(entry)
        return entry

    def write(self, entry: Entry) -> None:
        """Put an entry on disk.

        Raises:
            StoreError: It is not there, so nothing may be injected.
        """
        write_synced(self.file_of(entry), entry.to_json())

    def draft(
        self, origin: Origin, fault: str, undo: Undo, place: Place | None, at: datetime
    ) -> Entry:
        """Return an entry that is on no disk yet.

        Args:
            origin: Whose fault it is.
            fault: What it does, for people.
            undo: What takes it back.
            place: In which cluster; by default wherever the environment leads.
            at: Now (UTC).
        """
        return Entry(
            id=f"{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}",
            opened_at=at.isoformat(),
            run_id=origin.run_id,
            experiment=origin.experiment,
            place=place or Place(environment_kubeconfig()),
            fault=fault,
            undo=undo,
        )

    def close(self, entry: Entry) -> None:
        """Note that the undo was proven; no error when that is noted already.

        Raises:
            StoreError: It could not be noted; the undo will be done once more, without harm.
        """
        file = self.file_of(entry)
        try:
            with contextlib.suppress(FileNotFoundError):
                file.rename(file.with_suffix(_CLOSED))
            _sync_folder(self.folder)
        except OSError as error:
            raise StoreError(f"can't close {file} of the ledger: {error}") from error

    def is_open(self, entry: Entry) -> bool:
        """Return whether an entry is still to be undone."""
        return self.file_of(entry).exists()

    def file_of(self, entry: Entry) -> Path:
        """Return where an entry is."""
        return self.folder / f"{entry.id}.json"

    def open_entries(self) -> tuple[Entry, ...]:
        """Return what has not been undone, oldest first.

        Raises:
            StoreError: An entry can't be read, so nobody knows what it stands for.
        """
        entries, unreadable = self.scan()
        if unreadable:
            raise unreadable[0]
        return entries

    def entries_of(self, origin: Origin, since: str) -> tuple[tuple[Entry, bool], ...]:
        """Return an experiment's entries since it began, oldest first, each with "is closed".

        It costs a look at every file, so it is for the end of a run that nobody saw.

        Args:
            origin: The experiment, and its run.
            since: When it began (ISO 8601, UTC).
        """
        found = []
        for file in sorted([*self.folder.glob("*.json"), *self.folder.glob(f"*{_CLOSED}")]):
            with contextlib.suppress(StoreError, FileNotFoundError):
                entry = self._read(file)
                if entry.origin == origin and entry.opened_at >= since:
                    found.append((entry, file.suffix == _CLOSED))
        return tuple(found)

    def scan(self) -> tuple[tuple[Entry, ...], tuple[StoreError, ...]]:
        """Return what has not been undone, oldest first, and what is wrong with the rest."""
        entries, unreadable = [], []
        for file in sorted(self.folder.glob("*.json")):
            try:
                entries.append(self._read(file))
            except FileNotFoundError:  # closed by somebody else just now
                continue
            except StoreError as error:
                unreadable.append(error)
        return tuple(entries), tuple(unreadable)

    def _read(self, file: Path) -> Entry:
        try:
            return Entry.from_json(file.read_text())
        except FileNotFoundError:
            raise
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise StoreError(f"{file}: {what}; wanted an entry of the ledger") from error


def write_synced(file: Path, text: str) -> None:
    """Write a file whole, and return when it and its name are on disk.

    Raises:
        StoreError: They are not.
    """
    draft = file.with_suffix(".draft")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise StoreError(f"can't write the ledger {file}: {error}") from error


def _sync_folder(folder: Path) -> None:
    """Put a file's name on disk too: fsync(2) on the file alone does not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
