"""The ledger: what must be undone, on disk before it is done.

One JSON file per injection in ``$SEAKEEP_HOME/ledger/``, written whole, synced with its folder,
and written again when the undo was proven. A file that was never closed is a fault that may be
in place, whatever became of the process that made it.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path

from seakeep.chaos.connection import Place, environment_kubeconfig
from seakeep.chaos.faults import Origin
from seakeep.chaos.undo import Undo, undo_from_json
from seakeep.errors import StoreError

__all__ = ["Entry", "Ledger"]


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
        closed_at: When the undo was proven; empty while it is not.
    """

    id: str
    opened_at: str
    run_id: str
    experiment: str
    place: Place
    fault: str
    undo: Undo
    closed_at: str = ""

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
        place = Place(**{field.name: body.pop(field.name, "") for field in fields(Place)})
        return cls(**body | {"place": place, "undo": undo_from_json(body["undo"])})


class Ledger:
    """The entries of one home folder."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "ledger"

    def open(self, origin: Origin, fault: str, undo: Undo, place: Place | None = None) -> Entry:
        """Write down how to undo what is about to be done.

        Args:
            origin: Whose fault it is.
            fault: What it does, for people.
            undo: What takes it back.
            place: In which cluster; by default wherever the environment leads.

        Raises:
            StoreError: It is not on disk, so nothing may be injected.
        """
        at = datetime.now(UTC)
        entry = Entry(
            id=f"{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(2)}",
            opened_at=at.isoformat(),
            run_id=origin.run_id,
            experiment=origin.experiment,
            place=place or Place(environment_kubeconfig()),
            fault=fault,
            undo=undo,
        )
        self._write(entry)
        return entry

    def close(self, entry: Entry) -> None:
        """Note that the undo was proven.

        Raises:
            StoreError: It could not be written; the undo will be done once more, without harm.
        """
        self._write(replace(entry, closed_at=datetime.now(UTC).isoformat()))

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

    def scan(self) -> tuple[tuple[Entry, ...], tuple[StoreError, ...]]:
        """Return what has not been undone, oldest first, and what is wrong with the rest."""
        entries, unreadable = [], []
        for file in sorted(self.folder.glob("*.json")):
            try:
                entries.append(self._read(file))
            except StoreError as error:
                unreadable.append(error)
        return tuple(entry for entry in entries if not entry.closed_at), tuple(unreadable)

    def _read(self, file: Path) -> Entry:
        try:
            return Entry.from_json(file.read_text())
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            what = f"{type(error).__name__}: {error}"
            raise StoreError(f"{file}: {what}; wanted an entry of the ledger") from error

    def _write(self, entry: Entry) -> None:
        file = self.file_of(entry)
        draft = file.with_suffix(".draft")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with draft.open("w") as stream:
                stream.write(entry.to_json())
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(file)
            _sync_folder(self.folder)
        except OSError as error:
            raise StoreError(f"can't write the ledger {file}: {error}") from error


def _sync_folder(folder: Path) -> None:
    """Put a file's name on disk too: fsync(2) on the file alone does not."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
