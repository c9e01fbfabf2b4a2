"""What keeps any experiment from being started now, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seakeep.chaos.alone import alone
from seakeep.chaos.undo.ledger import Ledger
from seakeep.errors import RefusedError, StoreError

__all__ = ["Obstacle", "find_obstacle"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why nothing may be started.

    Attributes:
        reason: Why, for a person.
        is_fault: Whether a fault may be in place that nobody is about to remove.
    """

    reason: str
    is_fault: bool


def find_obstacle(home: Path) -> Obstacle | None:
    """Return another experiment that is under way, or what one left behind.

    Args:
        home: The folder of the store and the ledger.

    Raises:
        StoreError: The folder can't be used.
    """
    try:
        with alone(home, "a look at what is due"):
            return _left_behind(home)
    except RefusedError as error:
        return Obstacle(str(error), is_fault=False)


def _left_behind(home: Path) -> Obstacle | None:
    """Return what the ledger holds; with no experiment under way, nobody is to undo it."""
    try:
        entries = Ledger(home).open_entries()
    except StoreError as error:  # an entry that nobody can read may stand for a fault
        return Obstacle(str(error), is_fault=True)
    for entry in entries:
        left = f"{entry.experiment} left {entry.fault}; run `seakeep recover` first"
        return Obstacle(left, is_fault=True)
    return None
