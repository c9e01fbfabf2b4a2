"""The guard: a Chaos Toolkit control that gates, watches, aborts, rolls back and proves recovery.

    controls: [{name: guard, provider: {type: python, module: seakeep.chaos.guard}}]

https://chaostoolkit.org/reference/extending/create-control-extension/
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any, NoReturn

import click
from chaoslib.exceptions import InterruptExecution  # type: ignore[import-untyped]
from chaoslib.run import EventHandlerRegistry, RunEventHandler  # type: ignore[import-untyped]

from seakeep.chaos import session as sessions
from seakeep.chaos.conclusion import conclude, turned_down
from seakeep.chaos.ledger import Ledger
from seakeep.chaos.plan import Plan, experiment_name, make_plan
from seakeep.chaos.preflight import planned_faults, refuse_unless_safe
from seakeep.chaos.reach import Reach
from seakeep.chaos.session import Session
from seakeep.chaos.signals import noted
from seakeep.errors import StoreError
from seakeep.experiment_result import JOURNAL_KEY, Cause, ExperimentResult, Status
from seakeep.push_command import push_run
from seakeep.redact import redact
from seakeep.store import Store, open_store

__all__ = [
    "after_experiment_control",
    "before_activity_control",
    "before_experiment_control",
    "before_rollback_control",
    "cleanup_control",
    "configure_control",
]

Document = MutableMapping[str, Any]

logger = logging.getLogger("chaostoolkit")


class _Guard:
    """The state between the control's functions, which the Chaos Toolkit calls one by one."""

    def __init__(self) -> None:
        self.began_at = datetime.now(UTC)
        self.resources = ExitStack()
        self.plan: Plan | None = None
        self.store: Store | None = None
        self.session: Session | None = None
        self.result: ExperimentResult | None = None
        self.rolling_back = False

    def begin(self, name: str, experiment: Document, configuration: Document | None) -> None:
        """Go through the pre-flight.

        Raises:
            SeakeepError: The experiment must not start; nothing was injected.
        """
        self.plan = make_plan(name)
        faults = planned_faults(experiment, configuration)
        self.store = self.resources.enter_context(open_store(self.plan.home))
        reach, ledger = Reach(), Ledger(self.plan.home)
        refuse_unless_safe(self.plan, reach, ledger, self.store, faults)
        self.session = Session(self.plan, reach, ledger, self.store)
        self.resources.enter_context(noted(self.session))
        self.session.observe_baseline()
        sessions.begin(self.session)

    def finish(self, journal: Document) -> ExperimentResult:
        """End the session, if there is one, and return what the experiment came to."""
        if self.session is not None:
            recovered = self.session.close()
            if self.result is None:
                self.result = conclude(self.session, journal, recovered=recovered)
        if self.result is None:  # a signal came before there was a session
            name = self.plan.origin.experiment if self.plan else "experiment"
            message = "ended before anything was injected"
            self.result = ExperimentResult(
                experiment=name, status=Status.FAILED, cause=Cause.INTERRUPTED, message=message
            )
        self._record(self.result)
        return self.result

    def _record(self, result: ExperimentResult) -> None:
        if self.plan is None or self.store is None:
            return
        at = datetime.fromisoformat(result.injected_at) if result.injected_at else self.began_at
        plan = self.plan
        try:
            self.store.record(
                result.observation(
                    plan.platform.name, at=at, location=plan.location, run_id=plan.origin.run_id
                )
            )
        except StoreError as error:
            logger.critical("guard: the result is not in the store: %s", error)

    def release(self) -> None:
        """Last of all: even if the end was never called, no fault stays behind."""
        if self.session is not None and not self.session.closed:
            self.session.close()
        sessions.end()
        self.resources.close()
        if self.plan is not None and self.result is not None:
            pushed = push_run(self.plan.origin.run_id, self.plan.platform.folder.absolute())
            if pushed:
                logger.info("guard: %s", pushed)


class _Deviations(RunEventHandler):  # type: ignore[misc] # the Chaos Toolkit is untyped
    """Tells the Chaos Toolkit that an experiment which the guard ended early has deviated."""

    def __init__(self) -> None:
        self._journal: Document = {}

    def running(self, experiment: Document, journal: Document, *_: object) -> None:  # noqa: ARG002
        self._journal = journal

    def interrupted(self, experiment: Document, journal: Document) -> None:  # noqa: ARG002
        self._mark(journal)

    def signal_exit(self) -> None:
        self._mark(self._journal)

    def _mark(self, journal: Document) -> None:
        session = _guards[0].session if _guards else None
        if session is not None and session.evidence.breach is not None:
            journal["deviated"] = True


_guards: list[_Guard] = []


def configure_control(event_registry: EventHandlerRegistry, **_: object) -> None:
    """Listen to what the Chaos Toolkit does with an interruption."""
    event_registry.register(_Deviations())


def before_experiment_control(
    context: Document, configuration: Document | None = None, name: str | None = None
) -> None:
    """Let the experiment start only when it is safe.

    Args:
        context: The experiment.
        configuration: Its configuration, with the environment's values in place.
        name: Its name in ``platform.yaml``; without it, that of its file.

    Raises:
        InterruptExecution: It must not start. Anything else would be ignored, and it would run.
    """
    _guards[:] = [_Guard()]
    guard = _guards[0]
    source = _chaos_parameters().get("source")
    called = experiment_name(context.get("title", ""), argument=name, source=source)
    try:
        guard.begin(called, context, configuration)
    except InterruptExecution:  # SIGTERM, which is no answer to whether it may start
        raise
    except Exception as error:  # noqa: BLE001 - any surprise means no
        _turn_down(guard, called, error)


def before_activity_control(context: Document, name: str | None = None) -> None:  # noqa: ARG001
    """Start nothing more once the run must end, apart from the rollbacks.

    Raises:
        InterruptExecution: It must end.
    """
    guard = _guards[0] if _guards else None
    if guard is None or guard.session is None or guard.rolling_back:
        return
    if guard.session.stop_reason:
        raise InterruptExecution(f"guard: {guard.session.stop_reason}")


def before_rollback_control(context: Document, name: str | None = None) -> None:  # noqa: ARG001
    """Let rollbacks pass."""
    if _guards:
        _guards[0].rolling_back = True


def after_experiment_control(context: Document, state: Document, name: str | None = None) -> None:  # noqa: ARG001
    """Prove that the fault is gone and the steady state back, and write down the result.

    Args:
        context: The experiment.
        state: The journal, which gets the result under `JOURNAL_KEY`.
        name: See `before_experiment_control`.
    """
    if not _guards:
        return
    result = _guards[0].finish(state)
    state[JOURNAL_KEY] = result.to_json()
    state["deviated"] = state.get("deviated", False) or result.status is Status.DEVIATED
    if result.status is Status.FAILED and state.get("status") == "completed":
        state["status"] = "failed"
    why = f": {result.message}" if result.message else ""
    logger.info("guard: %s %s%s", result.experiment, result.status.value, why)
    _exit_with(result.exit_code)


def cleanup_control() -> None:
    """Leave nothing behind, however the experiment ended."""
    if _guards:
        _guards.pop().release()


def _turn_down(guard: _Guard, name: str, error: Exception) -> NoReturn:
    status, cause = turned_down(error)
    message = redact(str(error) or type(error).__name__)
    guard.result = ExperimentResult(experiment=name, status=status, cause=cause, message=message)
    raise InterruptExecution(f"guard: {status.value}: {message}") from error


def _chaos_parameters() -> dict[str, Any]:
    """Return the parameters of the `chaos run` this is in; none when it is in something else."""
    context = click.get_current_context(silent=True)
    return dict(context.params) if context is not None and context.info_name == "run" else {}


def _exit_with(code: int) -> None:
    """Let `chaos run` end with our exit code, once it has written its journal."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "run" or not code:
        return

    def leave() -> NoReturn:
        raise click.exceptions.Exit(code)

    context.call_on_close(leave)
