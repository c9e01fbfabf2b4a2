"""The faults of one run: written down, injected, and taken back, from whatever thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from seakeep.chaos.evidence import Evidence
from seakeep.chaos.faults.fault import Fault, Injection
from seakeep.chaos.plan import Plan
from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undoing import Undoer, Undoing, deadline_s
from seakeep.errors import FaultError, RefusedError, RollbackError, StoreError

__all__ = ["Injected", "Injections"]

_AGAIN_S = 5.0
"""How long an undo may take that had its whole time once, in seconds."""

logger = logging.getLogger("chaostoolkit")


@dataclass(slots=True)
class Injected:
    """One injection and its times (UTC), on the session's clock.

    Attributes:
        injection: What was injected, or at least tried.
        entry: The ledger's entry for it.
        injected_at: When it was asked for.
        in_place_at: When it was confirmed; ``None`` when it never was.
        gone_at: When it was proven gone.
        noted: Whether the ledger says so.
        trouble: What the last try to undo it told.
        tried: Whether there was one.
    """

    injection: Injection
    entry: Entry
    injected_at: datetime
    in_place_at: datetime | None = None
    gone_at: datetime | None = None
    noted: bool = False
    trouble: str = ""
    tried: bool = False


class Injections:
    """What was injected, with the times of it noted in the evidence.

    Attributes:
        error: Why a fault may still be in place; ``None`` when none can be.
        undoer: Who undoes: this process, until a supervisor takes that on.
        armed: Called before each injection; raises when there must be none.
    """

    def __init__(self, plan: Plan, reach: Reach, ledger: Ledger, evidence: Evidence) -> None:
        self._plan = plan
        self._reach = reach
        self._ledger = ledger
        self._evidence = evidence
        self._injected: list[Injected] = []
        self._lock = threading.Lock()
        self.error: RollbackError | None = None
        self.undoer: Undoer = Undoing(ledger, lambda _: reach)
        self.armed: Callable[[], None] = lambda: None

    @property
    def all(self) -> tuple[Injected, ...]:
        """What was injected, or at least tried."""
        return tuple(self._injected)

    def inject(self, fault: Fault, stop_reason: Callable[[], str]) -> str:
        """Write down the undo, inject a fault, and return what it does when it is in place.

        Args:
            fault: What to inject.
            stop_reason: Why nothing more may be injected; empty while it may.

        Raises:
            RefusedError: It would hit nothing, or leave nothing; or the run is ending.
            FaultError: It did not take hold, or nobody would undo it.
            StoreError: The undo could not be written down.
        """
        injection = fault.prepare(self._reach, self._plan.origin)
        with self._lock:
            self.armed()
            if stop_reason():
                raise RefusedError(f"nothing is injected any more: {stop_reason()}")
            made = self._written_down(injection)
            injection.apply(self._reach)
        injection.confirm(self._reach, lambda: bool(stop_reason()))
        made.in_place_at = self._evidence.in_place_at = self._evidence.timeline.now()
        logger.info("guard: in place: %s", injection.text)
        return injection.text

    def remove(self) -> None:
        """Take every fault back, and return when that is proven. Safe to repeat.

        Raises:
            RollbackError: It is not proven; it was tried for all of them.
        """
        with self._lock:
            unsettled = self._unsettled()
            self._undo(unsettled)
            errors = [error for made in self._injected if (error := _error(made, unsettled))]
            self.error = errors[0] if errors else None
            gone = all(made.gone_at is not None for made in self._injected)
            if self._injected and gone and self._evidence.gone_at is None:
                self._evidence.gone_at = self._evidence.timeline.now()
                logger.info("guard: every fault is proven gone")
        if errors:
            raise errors[0]

    def note_healed(self) -> None:
        """Note the moment when the platform has healed every fault by itself."""
        undos = [made.injection.undo for made in self._injected]
        if not undos or self._evidence.gone_at or not all(undo.ends_by_itself for undo in undos):
            return
        try:
            if all(undo.is_done(self._reach) for undo in undos):
                self.remove()
        except FaultError as error:
            logger.warning("guard: %s", error)

    def _written_down(self, injection: Injection) -> Injected:
        """Have the undo on disk. It is known here before, since a signal may come in between.

        Its time is the session's, on which nothing comes before the beginning: whoever looks for
        the entries of this run would miss one from a wall clock that was set back meanwhile.
        """
        now, earlier = self._evidence.timeline.now(), self._evidence.injected_at
        entry = self._ledger.draft(
            self._plan.origin, injection.text, injection.undo, self._reach.place, now
        )
        made = Injected(injection, entry, now)
        self._injected.append(made)
        self._evidence.injected_at = earlier or now
        try:
            self._ledger.write(entry)
        except StoreError:  # nothing will be done
            self._injected.remove(made)
            self._evidence.injected_at = earlier
            raise
        return made

    def _unsettled(self) -> FaultError | None:
        try:
            self._reach.settle()
        except FaultError as error:
            return error
        return None

    def _undo(self, unsettled: FaultError | None) -> None:
        """Have every fault undone that is not yet, and note what came of it."""
        left = {made.entry.id: made for made in self._injected if not made.noted}
        timeout_s = self._plan.recovery_timeout_s
        told = self.undoer.undo(
            [made.entry for made in left.values()],
            close=unsettled is None,
            deadlines_s={
                name: _AGAIN_S if made.tried else deadline_s(made.entry, timeout_s)
                for name, made in left.items()
            },
        )
        for undone in told:
            made = left[undone.id]
            made.noted, made.trouble, made.tried = undone.noted, undone.message, True
            if undone.gone and unsettled is None:
                made.gone_at = made.gone_at or self._evidence.timeline.now()


def _error(made: Injected, unsettled: FaultError | None) -> RollbackError | None:
    """Return why a fault may be in place, or why the ledger thinks so."""
    if made.noted:
        return None
    text = made.injection.text
    if unsettled is not None:
        why = f"{text}: {unsettled}"
    elif made.gone_at is not None:
        why = f"{text} is gone, but the ledger does not say so: {made.trouble}"
    else:
        why = f"{text} may be in place: {made.trouble}"
    hint = "" if "seakeep recover" in why else "; run `seakeep recover`"
    return RollbackError(f"{why}{hint}")
