"""Runs an experiment the way a person would, by `chaos run`, and returns what it came to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from seakeep import environment
from seakeep.chaos.result import JOURNAL_KEY, Cause, ExperimentResult, Status
from seakeep.errors import UsageError

__all__ = ["run_experiment"]

_ROLLBACK_DEADLINE_S = 60.0
_LAST_WORDS = 300


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
    late = False
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        late = True
        _end(process, {**os.environ, **env})
    except BaseException:
        _end(process, {**os.environ, **env})
        raise
    return _late(file, timeout_s) if late else _read(file, journal, log)


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
    )


def _end(process: subprocess.Popen[bytes], env: Mapping[str, str]) -> None:
    """Interrupt, and wait for the roll-back; each signal is harsher than the one before."""
    for number in (signal.SIGINT, signal.SIGTERM):
        process.send_signal(number)
        if _ended(process):
            return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    from seakeep.chaos.recovery import recover  # noqa: PLC0415 - slow, and hardly ever needed

    recover(Path(env.get(environment.HOME) or ".seakeep").absolute())


def _ended(process: subprocess.Popen[bytes]) -> bool:
    """Wait for the roll-back; a user who interrupts again does not make it faster."""
    deadline = time.monotonic() + _ROLLBACK_DEADLINE_S
    while time.monotonic() < deadline:
        with suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            process.wait(deadline - time.monotonic())
            return True
    return False


def _late(file: Path, timeout_s: float) -> ExperimentResult:
    message = f"not done within {timeout_s:g} s; it was interrupted"
    return ExperimentResult(
        experiment=file.stem, status=Status.FAILED, cause=Cause.INTERRUPTED, message=message
    )


def _read(file: Path, journal: Path, log: Path) -> ExperimentResult:
    try:
        return ExperimentResult.from_json(json.loads(journal.read_text())[JOURNAL_KEY])
    except (OSError, ValueError, KeyError, TypeError):
        said = log.read_text(errors="replace").strip()[-_LAST_WORDS:]
    message = f"it left no result; the last it said ({log}): {said}"
    return ExperimentResult(
        experiment=file.stem, status=Status.FAILED, cause=Cause.ERROR, message=message
    )
