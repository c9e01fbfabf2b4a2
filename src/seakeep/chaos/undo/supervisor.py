"""The supervisor: a process apart that owns the undo, and acts when the harness dies or hangs.

It is a session of its own, so that no signal of the harness' terminal or process group reaches
it. It reads one command a line from its standard input, and ends when nothing is left to do:

    beat              the harness is well; no answer
    ask               "well", as long as the supervisor has not taken over
    undo <json>       "undone <json>"
    done              no answer; the supervisor ends

The end of the input says that the harness is dead, silence that it hangs, or that it is dead and
a child that it forked holds the pipe. Then the supervisor
takes over: it undoes what the ledger holds of the run, records the end, and tells "took-over".
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.undo.aftermath import record_end
from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.run_note import RunNotes
from seakeep.chaos.undo.undoing import REMOVAL_DEADLINE_S, WAS_GONE, Undoing
from seakeep.errors import SeakeepError
from seakeep.push_command import push_run

__all__ = ["BEAT_S", "HANG_S", "main"]

BEAT_S = 0.5
"""How often the harness tells that it is well."""

HANG_S = 5.0
"""After so long a silence it is taken to hang, in seconds."""

_KILL_S = 30.0
"""After so much more silence it is killed."""

_GIVE_UP_S = 120.0
"""How long a place out of order is asked again; the faults' own end comes within that."""

_NO_WAY_S = 5.0
"""The same where the kubeconfig that led there is gone."""

_ARRIVAL_S = 10.0
"""How long a call that was on its way when the harness died may take to arrive."""

_LOOK_AGAIN_S = 0.5
_RETRY_S = 0.25


class _ToldToEnd(Exception):  # noqa: N818 - no error
    """SIGTERM: the machine goes down, or somebody wants an end."""


class Supervisor:
    """Watches one harness through one experiment."""

    def __init__(self, home: Path, origin: Origin, since: str, harness_pid: int) -> None:
        self._home = home
        self._origin = origin
        self._since = since
        self._harness = harness_pid
        self._ledger = Ledger(home)
        self._undoing = Undoing(self._ledger)
        self._why = ""

    def watch(self) -> None:
        """Do what the harness asks, until it is done, dead, or hangs for good."""
        try:
            if not self._heed():
                self._take_over("the harness died")
                self._record()
        except _ToldToEnd:
            self._take_over("the supervisor was told to end")
            if not self._harness_lives:
                self._record()

    def _heed(self) -> bool:
        """Return when the harness is done, or dead: then false."""
        for line in _lines(lambda: _KILL_S if self._why else HANG_S):
            command, _, body = (line or "silence").partition(" ")
            if command == "done":
                return True
            if command == "ask" and not self._why:
                _say("well")
            elif command == "undo":
                self._undo(json.loads(body))
            elif command == "silence" and not self._harness_lives:
                return False  # a child that it forked holds its end of the pipe
            elif command == "silence" and not self._why:
                self._take_over(f"the harness hung: it was silent for {HANG_S:g} s")
            elif command == "silence":
                self._kill_harness()
        return False

    def _undo(self, body: Mapping[str, Any]) -> None:
        """Undo what the harness names, and answer."""
        known = {entry.id: entry for entry in self._mine()}
        entries = [known[name] for name in body["deadlines_s"] if name in known]
        undone = self._undoing.undo(
            entries, close=bool(body["close"]), deadlines_s=body["deadlines_s"]
        )
        _say(f"undone {json.dumps([asdict(one) for one in undone])}")

    def _take_over(self, why: str) -> None:
        """Undo everything, again and again, until it is proven or there is no hope."""
        if not self._why:
            self._why = why
            _say(f"took-over {why}")
        began = time.monotonic()
        arrived: set[str] = set()
        while (elapsed_s := time.monotonic() - began) < _GIVE_UP_S and (entries := self._mine()):
            deadlines_s = {entry.id: REMOVAL_DEADLINE_S for entry in entries}
            late = [
                entry
                for entry in entries
                if elapsed_s < _ARRIVAL_S and entry.id not in arrived and _may_arrive(entry)
            ]
            sure = [entry for entry in entries if entry not in late]
            self._undoing.undo(sure, close=True, deadlines_s=deadlines_s)
            looked = self._undoing.undo(late, close=False, deadlines_s=deadlines_s)
            # What was there and is gone comes no more. What never was is looked for again.
            arrived |= {one.id for one in looked if one.gone and one.message != WAS_GONE}
            if elapsed_s > _NO_WAY_S and not any(_has_way(entry) for entry in entries):
                return
            time.sleep(_LOOK_AGAIN_S if late else _RETRY_S)

    def _mine(self) -> tuple[Entry, ...]:
        entries, _ = self._ledger.scan()
        return tuple(e for e in entries if e.origin == self._origin and e.opened_at >= self._since)

    @property
    def _harness_lives(self) -> bool:
        """Whether the parent is the harness yet: a dead one's number may be another process'."""
        return os.getppid() == self._harness

    def _kill_harness(self) -> None:
        """End a harness that hung too long; the end of its output then tells that it is gone."""
        self._why = f"{self._why}; it was killed"
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._harness, signal.SIGKILL)

    def _record(self) -> None:
        """Record the end of a harness that is dead, unless it had done so itself."""
        for note in RunNotes(self._home).all():
            if Origin(note.experiment, note.run_id) == self._origin:
                with contextlib.suppress(SeakeepError):  # the note stays, for `seakeep recover`
                    if record_end(self._home, note, self._why) is not None:
                        push_run(note.run_id, Path(note.platform_folder))


def _may_arrive(entry: Entry) -> bool:
    """Return whether the call for a fault may have been on its way when its harness died."""
    age = datetime.now(UTC) - datetime.fromisoformat(entry.opened_at)
    return age.total_seconds() < _ARRIVAL_S


def _has_way(entry: Entry) -> bool:
    """Return whether there may be a way yet to where a fault was made."""
    return not entry.place.kubeconfig or Path(entry.place.kubeconfig).exists()


def _lines(silence_s: Callable[[], float]) -> Iterator[str | None]:
    """Yield the lines of the standard input, ``None`` after each silence, until it ends."""
    rest = b""
    with selectors.DefaultSelector() as selector:
        selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        while True:
            if not selector.select(silence_s()):
                yield None
                continue
            chunk = os.read(sys.stdin.fileno(), 65536)
            if not chunk:
                return
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (line.decode() for line in lines)


def _say(line: str) -> None:
    """Tell the harness, if it still listens."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: the fault comes first
    raise _ToldToEnd


def main() -> None:
    """Watch a harness; see the arguments."""
    parser = argparse.ArgumentParser(prog="seakeep.chaos.undo.supervisor")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--run-id", required=True)
    parser.add_argument("--experiment", required=True)
    parser.add_argument("--since", required=True)
    parser.add_argument("--harness", type=int, required=True)
    options = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end)
    origin = Origin(options.experiment, options.run_id)
    Supervisor(options.home, origin, options.since, options.harness).watch()


if __name__ == "__main__":
    main()
