"""One experiment under the guard, from the pre-flight to the record of its end."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping, MutableMapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from seakeep.chaos import session as sessions
from seakeep.chaos.alone import alone
from seakeep.chaos.conclusion import conclude
from seakeep.chaos.impact import Spent, budgets, objective_impacts
from seakeep.chaos.plan import Plan, make_plan
from seakeep.chaos.preflight.preflight import planned_faults, refuse_unless_safe
from seakeep.chaos.session import Session
from seakeep.chaos.signals import noted
from seakeep.chaos.toolkit_command import ToolkitCommand
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.run_note import RunNotes
from seakeep.chaos.watchdog import Watchdog
from seakeep.errors import StoreError
from seakeep.experiment_result import JOURNAL_KEY, Cause, ExperimentResult, Status
from seakeep.push_command import push_run
from seakeep.store import Store, open_store

__all__ = ["GuardedRun"]

Document = MutableMapping[str, Any]

logger = logging.getLogger("chaostoolkit")


class GuardedRun:
    """The state between the control's functions, which the Chaos Toolkit calls one by one.

    Attributes:
        command: The `chaos run` it is in, if it is in one.
        session: What goes on; ``None`` until the pre-flight is passed.
        result: What it came to; ``None`` until that is known.
    """

    def __init__(self, command: ToolkitCommand | None = None) -> None:
        self.command = command
        self.session: Session | None = None
        self.result: ExperimentResult | None = None
        self._began_at = datetime.now(UTC)
        self._resources = ExitStack()
        self._signals = ExitStack()
        self._plan: Plan | None = None
        self._store: Store | None = None
        self._journal: Document = {}
        self._budgets: Mapping[str, Spent] = {}
        self._finishing = threading.Lock()
        self._finished = False

    @property
    def deviated(self) -> bool:
        """Whether a breach has been proven."""
        return self.session is not None and self.session.evidence.breach is not None

    def journal_is(self, journal: Document) -> None:
        """Know the Chaos Toolkit's journal, should it never come to write it."""
        self._journal = journal

    def begin(self, name: str, experiment: Document, configuration: Document | None) -> None:
        """Go through the pre-flight.

        Raises:
            SeakeepError: The experiment must not start; nothing was injected.
        """
        self._plan = plan = make_plan(name)
        faults = planned_faults(experiment, configuration)
        self._store = self._resources.enter_context(open_store(plan.home))
        self._resources.enter_context(alone(plan.home, name))
        reach, ledger = Reach(), Ledger(plan.home)
        session = Session(plan, reach, ledger, self._store)
        self._resources.callback(session.dismiss)
        session.supervise(self._began_at)  # it gets ready while the pre-flight goes on
        refuse_unless_safe(plan, reach, ledger, self._store, faults)
        self._budgets = budgets(plan, self._store)
        self.session = session
        self._signals.enter_context(noted(session))
        session.observe_baseline()
        sessions.begin(session)
        Watchdog(session, self._end_by_force).start()

    def finish(self, journal: Document) -> ExperimentResult:
        """End the session, if there is one, and return what the experiment came to."""
        with self._finishing:
            if not self._finished:
                result = self._result(journal)
                result = self._written(journal, result)
                self.result = self._recorded(result)
                _enter(journal, self.result)
                self._finished = True
            assert self.result is not None  # noqa: S101 - it was just set
            return self.result

    def release(self) -> None:
        """Last of all: even if the end was never called, no fault stays behind.

        Signals are held off until then: one of them would end a run that held with the exit code
        of one that deviated.
        """
        with self._signals:
            self._release()
        if self.command is not None and self.result is not None:
            self.command.end_soon(self.result.exit_code)

    def _release(self) -> None:
        if self.session is not None and not self.session.closed:
            self.session.close()
        sessions.end()
        self._resources.close()
        if self._plan is not None and self.result is not None:
            pushed = push_run(self._plan.origin.run_id, self._plan.platform.folder.absolute())
            if pushed:
                logger.info("guard: %s", pushed)

    def _result(self, journal: Document) -> ExperimentResult:
        if self.session is None or self._plan is None or self._store is None:
            return self.result or self._ended_before_anything()
        recovered = self.session.close()
        if self.result is not None:
            return self.result
        after = budgets(self._plan, self._store) if self.session.injections else self._budgets
        impacts = objective_impacts(self._plan, self.session.evidence, self._budgets, after)
        return conclude(self.session, journal, recovered=recovered, objectives=impacts)

    def _ended_before_anything(self) -> ExperimentResult:
        """Return the result of a run to which a signal came before there was a session."""
        return ExperimentResult(
            experiment=self._plan.origin.experiment if self._plan else "experiment",
            status=Status.FAILED,
            cause=Cause.INTERRUPTED,
            message="ended before anything was injected",
        )

    def _recorded(self, result: ExperimentResult) -> ExperimentResult:
        """Record the result; one that is in no store is no result, though the fault be gone."""
        plan, store = self._plan, self._store
        if plan is None or store is None:
            return result
        at = datetime.fromisoformat(result.injected_at) if result.injected_at else self._began_at
        try:
            store.record(
                result.observation(
                    plan.platform.name, at=at, location=plan.location, run_id=plan.origin.run_id
                )
            )
            if self.session is not None and self.session.note is not None:
                RunNotes(plan.home).remove(self.session.note)
        except StoreError as error:
            logger.critical("guard: the result is not in the store: %s", error)
            return _unless_worse(result, f"the result is not in the store: {error}")
        return result

    def _written(self, journal: Document, result: ExperimentResult) -> ExperimentResult:
        """Put the result into the journal, and see that it can be written."""
        _enter(journal, result)
        trouble = self.command.write(journal) if self.command is not None else ""
        if trouble:
            logger.critical("guard: %s", trouble)
            result = _unless_worse(result, trouble)
            _enter(journal, result)
        return result

    def _end_by_force(self) -> None:
        """Come to the end without the Chaos Toolkit, which hangs in an activity."""
        journal = self._journal
        journal["status"] = "interrupted"
        result = self.finish(journal)
        logger.critical("guard: %s %s: %s", result.experiment, result.status.value, result.message)
        if self.session is not None:
            self.session.dismiss()
        if self._plan is not None:
            push_run(self._plan.origin.run_id, self._plan.platform.folder.absolute())
        os._exit(result.exit_code or 4)


def _enter(journal: Document, result: ExperimentResult) -> None:
    journal[JOURNAL_KEY] = result.to_json()
    journal["deviated"] = journal.get("deviated", False) or result.status is Status.DEVIATED
    if result.status is Status.FAILED and journal.get("status") == "completed":
        journal["status"] = "failed"


def _unless_worse(result: ExperimentResult, trouble: str) -> ExperimentResult:
    """Return a result that says what went wrong at the end, unless it says worse."""
    if result.cause is Cause.NOT_RECOVERED:
        return replace(result, message=f"{result.message}; {trouble}")
    message = f"{result.message}; {trouble}" if result.message else trouble
    return replace(result, status=Status.FAILED, cause=Cause.ERROR, message=message)
