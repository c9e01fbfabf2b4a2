"""One guarded run: its faults, its observer, and how both end.

There is one session in a process, as there is one experiment in a `chaos run`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from seakeep.chaos.evidence import Evidence, Phase
from seakeep.chaos.faults.fault import Fault
from seakeep.chaos.observer import Observer
from seakeep.chaos.plan import Plan
from seakeep.chaos.undo.injections import Injected, Injections
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.run_note import RunNote, RunNotes
from seakeep.chaos.undo.supervision import Supervision
from seakeep.chaos.undo.undo import wait_until
from seakeep.checks.check import Check
from seakeep.errors import RefusedError, RollbackError, SeakeepError
from seakeep.observation import Observation, Outcome
from seakeep.probes.engine import run_check
from seakeep.store import Store

__all__ = ["Session", "begin", "current", "end"]

BASELINE_S = 2.0
_BASELINE_MARGIN_S = 5.0
_POLL_S = 0.05
_LOOK_EVERY_S = 0.25
_TELL_EVERY_S = 10.0

logger = logging.getLogger("chaostoolkit")


class Session:
    """What the guard knows and does between the start and the end of one experiment.

    Attributes:
        evidence: What was seen.
        interrupted_by: The signal that asked for the end; empty when none did.
        overdue: Whether it took longer than it may.
        fault_error: Why a fault was not injected.
        note: The note of this run, once there is one.
        must_end: Set as soon as there may be a reason to end early.
        rolling_back: Whether the Chaos Toolkit is at the rollbacks.
        closing: Whether the guard is at its last steps, which no signal may cut.
        hurried: Whether a signal came even then.
        blinded: Whether the observer was lost before the end, so that nobody saw a recovery.
        closed: Whether those steps were all gone through.
    """

    def __init__(self, plan: Plan, reach: Reach, ledger: Ledger, store: Store) -> None:
        self.plan = plan
        self.evidence = Evidence(plan.origin.experiment, plan.objectives)
        self.observer = Observer(
            self._ask,
            plan.checks,
            self._take,
            store,
            self.evidence.timeline,
            plan.declared.observer_rate_per_s,
        )
        self.evidence.unanswered_since = self.observer.unanswered_since
        self._injections = Injections(plan, reach, ledger, self.evidence)
        self._supervision: Supervision | None = None
        self.interrupted_by = ""
        self.overdue = False
        self.fault_error: SeakeepError | None = None
        self.note: RunNote | None = None
        self.must_end = threading.Event()
        self.rolling_back = False
        self.closing = False
        self.hurried = False
        self.blinded = False
        self.closed = False

    @property
    def stop_reason(self) -> str:
        """Why nothing more may be started; empty while all is well."""
        if self.evidence.breach is not None:
            return str(self.evidence.breach)
        if self.fault_error is not None:
            return str(self.fault_error)
        if self.interrupted_by:
            return f"{self.interrupted_by} received"
        if self.overdue:
            return f"not done within {self.plan.declared.timeout_s:g} s"
        if self.unwatched:
            return self.unwatched
        return "the observer stopped: nobody would see a breach" if self.observer.blind else ""

    @property
    def unwatched(self) -> str:
        """Why nobody would undo a fault should this process die; empty while somebody would."""
        return self._supervision.lost if self._supervision is not None else ""

    @property
    def injections(self) -> tuple[Injected, ...]:
        """What was injected, or at least tried."""
        return self._injections.all

    @property
    def rollback_error(self) -> RollbackError | None:
        """Why a fault may still be in place; ``None`` when none can be."""
        return self._injections.error

    def supervise(self, began_at: datetime) -> None:
        """Start the supervisor; from now on it undoes.

        Raises:
            FaultError: There is none to be had.
        """
        since = min(began_at, self.evidence.timeline.at(0.0)).isoformat()
        here = self._injections.undoer
        self._supervision = Supervision(self.plan.home, self.plan.origin, since, here)
        self._injections.undoer = self._supervision
        self._injections.armed = lambda: self._arm(since)

    def observe_baseline(self) -> None:
        """Start the observer, and return when it has seen a steady state.

        Raises:
            RefusedError: The platform is not in its steady state, or can't be seen.
        """
        self.observer.start()
        rate_per_s = self.plan.declared.observer_rate_per_s
        wanted = max(round(BASELINE_S * rate_per_s), len(self.plan.checks))
        names = {check.name for check in self.plan.checks}

        def enough() -> bool:
            seen = self.evidence.seen(Phase.BEFORE)
            complete = len(seen) >= wanted and {o.name for o in seen} == names
            return complete or self.observer.blind

        slowest_s = max(check.timeout_s for check in self.plan.checks)
        in_time = wait_until(enough, BASELINE_S + slowest_s + _BASELINE_MARGIN_S)
        if not in_time or self.observer.blind:
            seen = len(self.evidence.seen(Phase.BEFORE))
            raise RefusedError(
                f"the observer saw {seen} of {wanted} answers: {self.observer.error}"
            )
        unsteady = self.evidence.unsteady()
        if unsteady:
            raise RefusedError(f"no steady state to start from: {unsteady}")
        self.observer.keep()

    def inject(self, fault: Fault) -> str:
        """Inject a fault, and return what it does when it is in place.

        Raises:
            RefusedError: It would hit nothing, or leave nothing; or the run is ending.
            FaultError: It did not take hold; it was taken back.
            StoreError: The undo could not be written down, so nothing was done.
        """
        try:
            return self._injections.inject(fault, lambda: self.stop_reason)
        except SeakeepError as error:
            if not self.stop_reason:  # else that is why, and what the run comes to
                self.fault_error = error
            self.remove_faults()
            raise

    def remove_faults(self) -> None:
        """Take every fault back, and return when that is proven. Safe to repeat, from any thread.

        Raises:
            RollbackError: It is not proven.
        """
        self._injections.remove()

    def watch(self, duration_s: float) -> None:
        """Wait, or return early when the run must end; note when a fault has healed by itself."""
        began = time.monotonic()
        look_at, tell_at = began, began + _TELL_EVERY_S
        while (now := time.monotonic()) < began + duration_s and not self.stop_reason:
            if now >= look_at:
                self._injections.note_healed()
                look_at = now + _LOOK_EVERY_S
            if now >= tell_at:
                logger.info("guard: %.0f of %.0f s: %s", now - began, duration_s, self._so_far())
                tell_at += _TELL_EVERY_S
            time.sleep(_POLL_S)

    def close(self) -> bool:
        """Take every fault back, wait for the steady state, stop the observer.

        Returns:
            Whether the steady state was seen again; true as well when nothing was injected.
        """
        self.closing = True
        try:
            self.remove_faults()
        except SeakeepError as error:
            logger.critical("guard: %s", error)
        recovered = not self.injections or self._await_recovery()
        self.blinded = self.observer.blind
        self.observer.stop()
        self.closed = True
        return recovered

    def dismiss(self) -> None:
        """Let the supervisor go, when nothing is left for it to do; else it goes on by itself."""
        if self._supervision is not None:
            self._supervision.release(done=self.rollback_error is None)

    def recovered_at(self) -> datetime | None:
        """When the steady state began again, once it did."""
        found = [
            self.evidence.recovered_at(made.injection.least_rise_s, made.injection.share)
            for made in self.injections
        ]
        known = [at for at in found if at is not None]
        return max(known) if known and len(known) == len(found) else None

    def _so_far(self) -> str:
        """Return what was seen of the fault, for people who wait."""
        seen = self.evidence.seen(Phase.DURING)
        bad = sum(observation.outcome is Outcome.BAD for observation in seen)
        return f"{len(seen)} answers, {bad} bad"

    def _arm(self, since: str) -> None:
        """Before a fault: the run is noted, and the supervisor watches."""
        if self.note is None:
            note = RunNote.of(self.plan, since)
            RunNotes(self.plan.home).write(note)
            self.note = note
        if self._supervision is not None:
            self._supervision.confirm()

    def _await_recovery(self) -> bool:
        def known() -> bool:
            return self.hurried or self.observer.blind or self.recovered_at() is not None

        if self.rollback_error is None:
            wait_until(known, self.plan.recovery_timeout_s)
        return self.recovered_at() is not None

    async def _ask(self, check: Check) -> Observation:
        plan = self.plan
        return await run_check(
            plan.platform, check, location=plan.location, run_id=plan.origin.run_id
        )

    def _take(self, observation: Observation) -> Observation:
        observation = self.evidence.take(observation)
        if self.evidence.breach is not None:
            self.must_end.set()
        return observation


_sessions: list[Session] = []


def begin(session: Session) -> None:
    """Make this the process's session."""
    _sessions[:] = [session]


def current(what: Callable[..., object]) -> Session:
    """Return the process's session.

    Args:
        what: The action or probe that needs it, for the message.

    Raises:
        RefusedError: There is none: the experiment does not declare the guard.
    """
    if not _sessions:
        raise RefusedError(
            f"{what.__name__} works under the guard only; wanted the experiment to declare "
            "controls: [{name: guard, provider: {type: python, module: seakeep.chaos.guard}}]"
        )
    return _sessions[0]


def end() -> None:
    """Have no session any more."""
    _sessions.clear()
