"""The guard: a Chaos Toolkit control that gates, watches, aborts, rolls back and proves recovery.

    controls: [{name: guard, provider: {type: python, module: seakeep.chaos.guard}}]

https://chaostoolkit.org/reference/extending/create-control-extension/
"""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, NoReturn

from chaoslib.exceptions import InterruptExecution  # type: ignore[import-untyped]
from chaoslib.run import EventHandlerRegistry  # type: ignore[import-untyped]

from seakeep.chaos.conclusion import turned_down
from seakeep.chaos.guarded_run import GuardedRun
from seakeep.chaos.plan import experiment_name
from seakeep.chaos.toolkit_command import ToolkitCommand
from seakeep.chaos.toolkit_events import ToolkitEvents
from seakeep.experiment_result import Cause, ExperimentResult, Status
from seakeep.plain import plain

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

_NO_RESULT = ExperimentResult(experiment="", status=Status.FAILED, cause=Cause.ERROR).exit_code

_runs: list[GuardedRun] = []
"""The one under way; there is one experiment in a `chaos run`."""


def configure_control(event_registry: EventHandlerRegistry, **_: object) -> None:
    """Listen to what the Chaos Toolkit does, and begin."""
    _runs[:] = [GuardedRun(ToolkitCommand.current())]
    run = _runs[0]
    event_registry.register(ToolkitEvents(lambda: run.deviated, run.journal_is))


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
    if not _runs:
        _runs[:] = [GuardedRun(ToolkitCommand.current())]
    run = _runs[0]
    source = run.command.source if run.command else None
    called = experiment_name(context.get("title", ""), argument=name, source=source)
    try:
        run.begin(called, context, configuration)
    except (InterruptExecution, KeyboardInterrupt):  # no answer to whether it may start
        context["rollbacks"] = []
        raise
    except Exception as error:  # noqa: BLE001 - any surprise means no
        _turn_down(run, called, context, error)


def before_activity_control(context: Document, name: str | None = None) -> None:  # noqa: ARG001
    """Start nothing more once the run must end, apart from the rollbacks.

    Raises:
        InterruptExecution: It must end.
    """
    session = _runs[0].session if _runs else None
    if session is not None and session.stop_reason and not session.rolling_back:
        raise InterruptExecution(f"guard: {session.stop_reason}")


def before_rollback_control(context: Document, name: str | None = None) -> None:  # noqa: ARG001
    """Let rollbacks pass."""
    session = _runs[0].session if _runs else None
    if session is not None:
        session.rolling_back = True


def after_experiment_control(context: Document, state: Document, name: str | None = None) -> None:  # noqa: ARG001
    """Prove that the fault is gone and the steady state back, and write down the result.

    Args:
        context: The experiment.
        state: The journal, which gets the result under `JOURNAL_KEY`.
        name: See `before_experiment_control`.
    """
    if not _runs:
        return
    run = _runs[0]
    try:
        result = run.finish(state)
    except BaseException:
        # The Chaos Toolkit says nothing of it, and would end as if all were well.
        logger.critical("guard: the experiment has no result", exc_info=True)
        if run.command is not None:
            run.command.exit_with(_NO_RESULT)
        raise
    why = f": {result.message}" if result.message else ""
    logger.info("guard: %s %s%s", result.experiment, result.status.value, why)
    if run.command is not None:
        run.command.exit_with(result.exit_code)


def cleanup_control() -> None:
    """Leave nothing behind, however the experiment ended."""
    if _runs:
        _runs.pop().release()


def _turn_down(run: GuardedRun, name: str, experiment: Document, error: Exception) -> NoReturn:
    """Let it not start; what is never begun needs no rollback."""
    experiment["rollbacks"] = []
    status, cause = turned_down(error)
    message = plain(str(error) or type(error).__name__)
    run.result = ExperimentResult(experiment=name, status=status, cause=cause, message=message)
    raise InterruptExecution(f"guard: {status.value}: {message}") from error
