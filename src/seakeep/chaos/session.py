"""One guarded run: its faults, its observer, and how both end.

There is one session in a process, as there is one experiment in a `chaos run`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from chaoslib.exit import exit_gracefully  # type: ignore[import-untyped]

from seakeep.chaos.cluster import Cluster
from seakeep.chaos.evidence import Evidence, Phase
from seakeep.chaos.faults import Fault, Injection
from seakeep.chaos.ledger import Entry, Ledger
from seakeep.chaos.observer import RATE_PER_S, Observer
from seakeep.chaos.plan import Plan
from seakeep.chaos.undo import wait_until
from seakeep.errors import FaultError, RefusedError, RollbackError, SeakeepError
from seakeep.observation import Observation
from seakeep.platform import Check
from seakeep.probes.http import run_check
from seakeep.store import Store

__all__ = ["Session", "begin", "current", "end"]

BASELINE_S = 2.0
_BASELINE_MARGIN_S = 5.0
_REMOVAL_DEADLINE_S = 20.0
_POLL_S = 0.05
_LOOK_EVERY_S = 0.25

logger = logging.getLogger("chaostoolkit")


@dataclass(slots=True)
class _Active:
    injection: Injection
    entry: Entry
    undone: bool = False


class Session:
    """What the guard knows and does between the start and the end of one experiment.

    Attributes:
        evidence: What was seen.
        interrupted_by: The signal that asked for the end; empty when none did.
        fault_error: Why a fault was not injected.
        rollback_error: Why a fault may still be in place.
        closing: Whether the guard is at its last steps, which no signal may cut.
        hurried: Whether a signal came even then.
    """

    def __init__(self, plan: Plan, cluster: Cluster, ledger: Ledger, store: Store) -> None:
        self.plan = plan
        self.evidence = Evidence(plan.origin.experiment, plan.objectives)
        self.observer = Observer(self._ask, plan.checks, self._take, store)
        self._cluster = cluster
        self._ledger = ledger
        self._active: list[_Active] = []
        self._lock = threading.Lock()
        self._abort: threading.Thread | None = None
        self.interrupted_by = ""
        self.fault_error: SeakeepError | None = None
        self.rollback_error: RollbackError | None = None
        self.closing = False
        self.hurried = False

    @property
    def stop_reason(self) -> str:
        """Why nothing more may be started; empty while all is well."""
        if self.evidence.breach is not None:
            return str(self.evidence.breach)
        if self.fault_error is not None:
            return str(self.fault_error)
        if self.interrupted_by:
            return f"{self.interrupted_by} received"
        return "the observer stopped: nobody would see a breach" if self.observer.blind else ""

    @property
    def injections(self) -> tuple[Injection, ...]:
        """What was injected, or at least tried."""
        return tuple(active.injection for active in self._active)

    def observe_baseline(self) -> None:
        """Start the observer, and return when it has seen a steady state.

        Raises:
            RefusedError: The platform is not in its steady state, or can't be seen.
        """
        self.observer.start()
        wanted = max(round(BASELINE_S * RATE_PER_S), len(self.plan.checks))
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

    def inject(self, fault: Fault) -> str:
        """Write down the undo, inject a fault, and return what it does when it is in place.

        Raises:
            RefusedError: It would hit nothing, or leave nothing; or the run is ending.
            FaultError: It did not take hold; it was taken back.
        """
        try:
            return self._inject(fault)
        except SeakeepError as error:
            self.fault_error = error
            self.remove_faults()
            raise

    def _inject(self, fault: Fault) -> str:
        injection = fault.prepare(self._cluster, self.plan.origin)
        with self._lock:
            if self.stop_reason:
                raise RefusedError(f"nothing is injected any more: {self.stop_reason}")
            entry = self._ledger.open(self.plan.origin, injection.text, injection.undo)
            self._active.append(_Active(injection, entry))
            self.evidence.injected_at = self.evidence.injected_at or datetime.now(UTC)
            injection.apply(self._cluster)
        injection.confirm(self._cluster, lambda: bool(self.stop_reason))
        self.evidence.in_place_at = datetime.now(UTC)
        logger.info("guard: in place: %s", injection.text)
        return injection.text

    def remove_faults(self) -> None:
        """Take every fault back, and return when that is proven. Safe to repeat, from any thread.

        Raises:
            RollbackError: It is not proven; it was tried for all of them.
        """
        with self._lock:
            self._cluster.settle()
            errors = [error for active in self._active if (error := self._undo(active))]
            self.rollback_error = errors[0] if errors else None
            if self._active and not errors and self.evidence.gone_at is None:
                self.evidence.gone_at = datetime.now(UTC)
                logger.info("guard: every fault is proven gone")
        if errors:
            raise errors[0]

    def watch(self, duration_s: float) -> None:
        """Wait, or return early when the run must end; note when a fault has healed by itself."""
        end = time.monotonic() + duration_s
        look_at = 0.0
        while time.monotonic() < end and not self.stop_reason:
            if time.monotonic() >= look_at:
                self._note_healed()
                look_at = time.monotonic() + _LOOK_EVERY_S
            time.sleep(_POLL_S)

    def close(self) -> bool:
        """Take every fault back, wait for the steady state, stop the observer.

        Returns:
            Whether the steady state was seen again; true as well when nothing was injected.
        """
        self.closing = True
        if self._abort is not None:
            self._abort.join(_REMOVAL_DEADLINE_S)
        try:
            self.remove_faults()
        except RollbackError as error:
            logger.critical("guard: %s", error)
        recovered = not self._active or self._await_recovery()
        self.observer.stop()
        return recovered

    def recovered_at(self) -> datetime | None:
        """When the steady state began again, once it did."""
        return self.evidence.recovered_at(max(i.least_rise_s for i in self.injections))

    def _await_recovery(self) -> bool:
        def known() -> bool:
            return self.hurried or self.observer.blind or self.recovered_at() is not None

        if self.rollback_error is None:
            wait_until(known, self.plan.recovery_timeout_s)
        return self.recovered_at() is not None

    def _undo(self, active: _Active) -> RollbackError | None:
        if active.undone:
            return None
        heals = active.injection.undo.ends_by_itself
        deadline_s = self.plan.recovery_timeout_s if heals else _REMOVAL_DEADLINE_S
        try:
            active.injection.undo.carry_out(self._cluster, deadline_s)
            self._ledger.close(active.entry)
        except RollbackError as error:
            return error
        active.undone = True
        return None

    def _note_healed(self) -> None:
        undos = [injection.undo for injection in self.injections]
        if not undos or self.evidence.gone_at or not all(undo.ends_by_itself for undo in undos):
            return
        try:
            if all(undo.is_done(self._cluster) for undo in undos):
                self.remove_faults()
        except FaultError as error:
            logger.warning("guard: %s", error)

    async def _ask(self, check: Check) -> Observation:
        plan = self.plan
        return await run_check(
            plan.platform, check, location=plan.location, run_id=plan.origin.run_id
        )

    def _take(self, observation: Observation) -> Observation:
        observation = self.evidence.take(observation)
        if self.evidence.breach is not None and self._abort is None:
            self._abort = threading.Thread(target=self._end_early, daemon=True, name="abort")
            self._abort.start()
        return observation

    def _end_early(self) -> None:
        """On a breach: first the fault, then the experiment, whatever it is doing."""
        logger.critical("guard: %s; removing the fault", self.evidence.breach)
        try:
            self.remove_faults()
        except SeakeepError as error:
            logger.critical("guard: %s", error)
        if not self.closing:
            exit_gracefully()


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
