"""Runs an experiment the way a person would, by `chaos run`, and returns what it came to."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from seakeep import environment
from seakeep.errors import SeakeepError, UsageError
from seakeep.experiment_result import JOURNAL_KEY, Cause, ExperimentResult, Status
from seakeep.lifeline import die_with_parent
from seakeep.plain import plain
from seakeep.redact import redact

__all__ = ["run_experiment"]

_ROLLBACK_DEADLINE_S = 60.0
_LAST_WORDS = 300

logger = logging.getLogger(__name__)


def run_experiment(
    file: Path, *, env: Mapping[str, str], journal: Path, timeout_s: float = 300.0
) -> ExperimentResult:
    """Run an experiment in a process group of its own, and wait until it has cleaned up.

    What the Chaos Toolkit says goes to a file beside the journal, with the suffix ``.log``.

    Args:
        file: The experiment.
        env: Variables to set on top of this process's environment.
        journal: Where the Chaos Toolkit writes its journal.
        timeout_s: After so long it is interrupted, and rolls back.

    Raises:
        UsageError: There is no such file.
        KeyboardInterrupt: The user interrupted; the experiment was, too, and has rolled back.
    """
    if not file.is_file():
        raise UsageError(f"no experiment {file}: wanted a file")
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.unlink(missing_ok=True)
    log = journal.with_suffix(".log")
    with log.open("wb") as output:
        process = _start(file, env, journal, output)
    env = {**os.environ, **env}
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return _late(file, timeout_s, _end(process, env), journal)
    except BaseException:
        left = _end(process, env)
        if left:
            logger.critical("a fault may still be in place: %s", left)
        raise
    left = _recovered(env) if process.returncode < 0 else ""  # killed, so that it undid nothing
    return _not_recovered(file, left) if left else _read(file, journal, log)


def _start(
    file: Path, env: Mapping[str, str], journal: Path, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start `chaos run` where a Ctrl-C of the terminal does not reach it twice."""
    command = [sys.executable, "-m", "chaostoolkit", "--no-version-check", "--no-log-file"]
    command += ["run", "--journal-path", str(journal), str(file)]
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - no locks here
    )


def _end(process: subprocess.Popen[bytes], env: Mapping[str, str]) -> str:
    """Interrupt, and wait for the roll-back; each signal is harsher than the one before.

    Returns:
        What may still be in place, if it had to be killed; empty when all is proven gone.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
        if _ended(process):
            return ""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return _recovered(env)


def _recovered(env: Mapping[str, str]) -> str:
    """Undo what a killed experiment left, and return what could not be; empty when all was."""
    from seakeep.chaos.undo.recovery import recover  # noqa: PLC0415 - slow, and hardly ever needed

    try:
        found = recover(Path(env.get(environment.HOME) or ".seakeep").absolute(), env)
    except SeakeepError as error:
        return str(error)
    return "; ".join(str(fault) for fault in found if not fault.proven)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait for the roll-back; a user who interrupts again does not make it faster."""
    deadline = time.monotonic() + _ROLLBACK_DEADLINE_S
    while time.monotonic() < deadline:
        with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            process.wait(deadline - time.monotonic())
            return True
    return False


def _late(file: Path, timeout_s: float, left: str, journal: Path) -> ExperimentResult:
    """Return that it took too long, unless there is worse to tell."""
    if left:
        return _not_recovered(file, left)
    result = _journalled(journal)
    if result is not None and result.cause is Cause.NOT_RECOVERED:
        return result
    message = f"not done within {timeout_s:g} s; it was interrupted"
    return ExperimentResult(
        experiment=file.stem, status=Status.FAILED, cause=Cause.INTERRUPTED, message=message
    )


def _not_recovered(file: Path, left: str) -> ExperimentResult:
    message = f"the experiment was killed, and its fault may still be in place: {left}"
    return ExperimentResult(
        experiment=file.stem, status=Status.FAILED, cause=Cause.NOT_RECOVERED, message=message
    )


def _read(file: Path, journal: Path, log: Path) -> ExperimentResult:
    result = _journalled(journal)
    if result is not None:
        return result
    said = plain(redact(log.read_text(errors="replace")).strip()[-_LAST_WORDS:])
    message = f"it left no result; the last it said ({log}): {said}"
    return ExperimentResult(
        experiment=file.stem, status=Status.FAILED, cause=Cause.ERROR, message=message
    )


def _journalled(journal: Path) -> ExperimentResult | None:
    try:
        return ExperimentResult.from_json(json.loads(journal.read_text())[JOURNAL_KEY])
    except (OSError, ValueError, KeyError, TypeError):
        return None
