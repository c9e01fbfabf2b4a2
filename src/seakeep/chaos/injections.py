"""The faults of one run: written down, injected, and taken back, from whatever thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from seakeep.chaos.evidence import Evidence
from seakeep.chaos.faults import Fault, Injection
from seakeep.chaos.ledger import Entry, Ledger
from seakeep.chaos.plan import Plan
from seakeep.chaos.reach import Reach
from seakeep.errors import FaultError, RefusedError, RollbackError, SeakeepError

__all__ = ["REMOVAL_DEADLINE_S", "Injections"]

REMOVAL_DEADLINE_S = 20.0
"""How long a cluster may take until an object is gone."""

logger = logging.getLogger("chaostoolkit")


@dataclass(slots=True)
class _Active:
    injection: Injection
    entry: Entry
    gone: bool = False
    noted: bool = False


class Injections:
    """What was injected, with the times of it noted in the evidence.

    Attributes:
        error: Why a fault may still be in place; ``None`` when none can be.
    """

    def __init__(self, plan: Plan, reach: Reach, ledger: Ledger, evidence: Evidence) -> None:
        self._plan = plan
        self._reach = reach
        self._ledger = ledger
        self._evidence = evidence
        self._active: list[_Active] = []
        self._lock = threading.Lock()
        self.error: RollbackError | None = None

    @property
    def all(self) -> tuple[Injection, ...]:
        """What was injected, or at least tried."""
        return tuple(active.injection for active in self._active)

    def inject(self, fault: Fault, stop_reason: Callable[[], str]) -> str:
        """Write down the undo, inject a fault, and return what it does when it is in place.

        Args:
            fault: What to inject.
            stop_reason: Why nothing more may be injected; empty while it may.

        Raises:
            RefusedError: It would hit nothing, or leave nothing; or the run is ending.
            FaultError: It did not take hold.
            StoreError: The undo could not be written down.
        """
        injection = fault.prepare(self._reach, self._plan.origin)
        with self._lock:
            if stop_reason():
                raise RefusedError(f"nothing is injected any more: {stop_reason()}")
            entry = self._ledger.open(
                self._plan.origin, injection.text, injection.undo, self._reach.place
            )
            self._active.append(_Active(injection, entry))
            self._evidence.injected_at = self._evidence.injected_at or self._evidence.timeline.now()
            injection.apply(self._reach)
        injection.confirm(self._reach, lambda: bool(stop_reason()))
        self._evidence.in_place_at = self._evidence.timeline.now()
        logger.info("guard: in place: %s", injection.text)
        return injection.text

    def remove(self) -> None:
        """Take every fault back, and return when that is proven. Safe to repeat.

        Raises:
            RollbackError: It is not proven; it was tried for all of them.
        """
        with self._lock:
            unsettled = self._unsettled()
            errors = [error for active in self._active if (error := self._undo(active, unsettled))]
            self.error = errors[0] if errors else None
            gone = all(active.gone for active in self._active)
            if self._active and gone and self._evidence.gone_at is None:
                self._evidence.gone_at = self._evidence.timeline.now()
                logger.info("guard: every fault is proven gone")
        if errors:
            raise errors[0]

    def note_healed(self) -> None:
        """Note the moment when the platform has healed every fault by itself."""
        undos = [injection.undo for injection in self.all]
        if not undos or self._evidence.gone_at or not all(undo.ends_by_itself for undo in undos):
            return
        try:
            if all(undo.is_done(self._reach) for undo in undos):
                self.remove()
        except FaultError as error:
            logger.warning("guard: %s", error)

    def _unsettled(self) -> FaultError | None:
        try:
            self._reach.settle()
        except FaultError as error:
            return error
        return None

    def _undo(self, active: _Active, unsettled: FaultError | None) -> RollbackError | None:
        """Take one fault back, and note it, whatever becomes of the others."""
        text = active.injection.text
        try:
            if not active.gone:
                self._carry_out(active.injection)
                if unsettled is not None:
                    return RollbackError(f"{text}: {unsettled}; run `seakeep recover`")
                active.gone = True
            if not active.noted:
                self._ledger.close(active.entry)
                active.noted = True
        except RollbackError as error:
            return error
        except SeakeepError as error:
            gone = "is gone, but the ledger does not say so" if active.gone else "may be in place"
            return RollbackError(f"{text} {gone}: {error}; run `seakeep recover`")
        return None

    def _carry_out(self, injection: Injection) -> None:
        heals = injection.undo.ends_by_itself
        deadline_s = self._plan.recovery_timeout_s if heals else REMOVAL_DEADLINE_S
        injection.undo.carry_out(self._reach, deadline_s)
