"""Carries out what the ledger holds: the same for the supervisor, the harness and `recover`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import RollbackError, SeakeepError

__all__ = ["REMOVAL_DEADLINE_S", "WAS_GONE", "Undoer", "Undoing", "Undone", "deadline_s"]

REMOVAL_DEADLINE_S = 20.0
"""How long a cluster may take until an object is gone."""

WAS_GONE = "was gone already"
"""What is told of a fault that was not there: it may never have been, or be on its way yet."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one entry.

    Attributes:
        id: The entry's.
        gone: Whether its fault is proven gone.
        noted: Whether the ledger says so.
        message: Why not, or what was done.
    """

    id: str
    gone: bool
    noted: bool
    message: str


class Undoer(Protocol):
    """Whoever carries out undos."""

    def undo(
        self, entries: Sequence[Entry], *, close: bool, deadlines_s: Mapping[str, float]
    ) -> tuple[Undone, ...]:
        """Take the faults of these entries back, one after the other, whatever becomes of each.

        Args:
            entries: Which.
            close: Whether the ledger is told of those that are proven gone.
            deadlines_s: How long each may take, by its id.
        """
        ...


def deadline_s(entry: Entry, recovery_timeout_s: float) -> float:
    """Return how long an undo may take: a platform that heals by itself sets its own pace."""
    return recovery_timeout_s if entry.undo.ends_by_itself else REMOVAL_DEADLINE_S


class Undoing:
    """Carries out undos in this process."""

    def __init__(self, ledger: Ledger, reach: Callable[[Entry], Reach] | None = None) -> None:
        """Get ready.

        Args:
            ledger: Where the entries are.
            reach: The way to where an entry's fault was made; by default the one it names.
        """
        self._ledger = ledger
        self._reach = reach or (lambda entry: Reach(entry.place))

    def undo(
        self, entries: Sequence[Entry], *, close: bool, deadlines_s: Mapping[str, float]
    ) -> tuple[Undone, ...]:
        """Take the faults of these entries back; see `Undoer`."""
        return tuple(
            self._undo(entry, close, deadlines_s.get(entry.id, REMOVAL_DEADLINE_S))
            for entry in entries
        )

    def _undo(self, entry: Entry, close: bool, deadline: float) -> Undone:
        message = "undone"
        try:
            reach = self._reach(entry)
            if entry.undo.namespace:
                _ = reach.cluster  # a way that leads nowhere is told at once, not after a deadline
            if self._was_gone(entry, reach):
                message = WAS_GONE
            else:
                entry.undo.carry_out(reach, deadline)
        except SeakeepError as error:
            return Undone(entry.id, False, False, str(error))
        except Exception as error:  # noqa: BLE001 - one surprise must not leave the others in place
            return Undone(entry.id, False, False, f"{type(error).__name__}: {error}")
        if not close:
            return Undone(entry.id, True, False, message)
        try:
            self._ledger.close(entry)
        except SeakeepError as error:
            return Undone(entry.id, True, False, f"{message}, but {error}")
        return Undone(entry.id, True, True, message)

    def _was_gone(self, entry: Entry, reach: Reach) -> bool:
        """Return whether there was nothing to undo; a place out of order is asked again later."""
        try:
            return entry.undo.is_done(reach)
        except RollbackError:
            raise
        except SeakeepError:
            return False
