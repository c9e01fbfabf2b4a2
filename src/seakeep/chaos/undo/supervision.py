"""The harness' side of its supervisor: starts it, lets it undo, and notices when it is lost."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.undo.ledger import Entry
from seakeep.chaos.undo.supervisor import BEAT_S
from seakeep.chaos.undo.undoing import Undoer, Undone
from seakeep.errors import FaultError

__all__ = ["Supervision"]

_START_S = 30.0
"""How long it may take to start, on a machine that does much else."""

_ANSWER_MARGIN_S = 5.0
_PROMPT_S = 2.0  # one that is well is idle, and answers within milliseconds
_AT_ONCE_S = 5.0  # a place out of order takes longer than no way to it
_END_S = 2.0

logger = logging.getLogger("chaostoolkit")


class Supervision:
    """A supervisor of this process' experiment.

    Attributes:
        lost: Why it watches no more; empty while it does.
    """

    def __init__(self, home: Path, origin: Origin, since: str, otherwise: Undoer) -> None:
        """Start it; it gets ready meanwhile.

        Args:
            home: The folder of the ledger.
            origin: The experiment, and its run.
            since: When it began (ISO 8601, UTC).
            otherwise: Who undoes when the supervisor is lost.

        Raises:
            FaultError: There is no process to be had.
        """
        command = [sys.executable, "-P", "-m", "seakeep.chaos.undo.supervisor", "--home", str(home)]
        command += ["--run-id", origin.run_id, "--experiment", origin.experiment]
        command += ["--since", since, "--harness", str(os.getpid())]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise FaultError(f"can't start the supervisor: {error}") from error
        self._otherwise = otherwise
        self._answers: queue.Queue[str] = queue.Queue()
        self._speaking = threading.Lock()
        self._asking = threading.Lock()
        self._released = threading.Event()
        self.lost = ""
        threading.Thread(target=self._listen, daemon=True, name="supervision").start()
        threading.Thread(target=self._beat, daemon=True, name="heart").start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def confirm(self) -> None:
        """Return when the supervisor says that it watches; no fault may be made before.

        Raises:
            FaultError: It does not.
        """
        answer = self._asked("ask", _START_S)
        if answer != "well":
            raise FaultError(f"nobody would undo the fault: {self.lost or 'no supervisor answers'}")

    def undo(
        self, entries: Sequence[Entry], *, close: bool, deadlines_s: Mapping[str, float]
    ) -> tuple[Undone, ...]:
        """Have the supervisor undo these entries, or do here what it can not; see `Undoer`."""
        wanted = {entry.id: deadlines_s[entry.id] for entry in entries}
        if not self.lost and self._asked("ask", _PROMPT_S) == "well":
            began = time.monotonic()
            body = json.dumps({"close": close, "deadlines_s": wanted})
            answer = self._asked(f"undo {body}", sum(wanted.values()) + _ANSWER_MARGIN_S)
            told = _undone(answer)
            at_once = time.monotonic() - began < _AT_ONCE_S
            if {one.id for one in told} == set(wanted):
                # This process may be connected yet where a kubeconfig leads no more.
                return self._tried_here(entries, told, close, wanted) if at_once else told
        logger.warning("guard: %s; undoing without it", self.lost or "no answer of the supervisor")
        return self._otherwise.undo(entries, close=close, deadlines_s=deadlines_s)

    def _tried_here(
        self,
        entries: Sequence[Entry],
        told: Sequence[Undone],
        close: bool,
        deadlines_s: Mapping[str, float],
    ) -> tuple[Undone, ...]:
        """Undo here what the supervisor could not, and return what became of all."""
        gone = {one.id: one for one in told if one.gone}
        left = [entry for entry in entries if entry.id not in gone]
        here = self._otherwise.undo(left, close=close, deadlines_s=deadlines_s) if left else ()
        return (*gone.values(), *here)

    def release(self, *, done: bool) -> None:
        """Let it go.

        Args:
            done: Whether nothing is left to undo: then it ends, and does not outlive this. Else
                it goes on trying by itself.
        """
        if self._released.is_set():
            return
        self._released.set()
        if done:
            self._say("done")
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        if not done:
            self._process.returncode = 0  # it is meant to outlive this process
            return
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _asked(self, line: str, timeout_s: float) -> str:
        """Say a line, and return the answer; empty when none came in time."""
        with self._asking:
            while not self._answers.empty():
                self._answers.get_nowait()  # the answer to a question that nobody waits for
            self._say(line)
            if self.lost:
                return ""
            try:
                return self._answers.get(timeout=timeout_s)
            except queue.Empty:
                return ""

    def _say(self, line: str) -> None:
        with self._speaking:
            try:
                assert self._process.stdin is not None  # noqa: S101 - a pipe was asked for
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()
            except (OSError, ValueError) as error:
                self.lost = self.lost or f"the supervisor is gone: {error}"

    def _beat(self) -> None:
        while not self._released.wait(BEAT_S) and not self.lost:
            self._say("beat")

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - a pipe was asked for
        with self._process.stdout as output:
            for line in output:
                text = line.decode(errors="replace").strip()
                if text.startswith("took-over "):
                    self.lost = f"the supervisor took over: {text.removeprefix('took-over ')}"
                self._answers.put(text)
        if not self._released.is_set():
            self.lost = self.lost or "the supervisor died"
        self._answers.put("")


def _undone(answer: str) -> tuple[Undone, ...]:
    """Return what a supervisor tells of its work; nothing when that makes no sense."""
    try:
        return tuple(Undone(**one) for one in json.loads(answer.removeprefix("undone ")))
    except (ValueError, TypeError):
        return ()
