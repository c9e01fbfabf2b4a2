"""Has the master of a distributed run wait until every worker has recorded its last request.

Locust's master gives workers half a second to quit. That is too little for their last users to
finish and for the disk to have it all, and a verdict before that would miss requests. Workers tell
how many requests they recorded, and where: the master judges by its own store.
"""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import gevent  # type: ignore[import-untyped]
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from seakeep import environment as process
from seakeep.load.recorder import Recorder

__all__ = ["Master", "Worker"]

_FINISH = "seakeep_finish"
_FINISHED = "seakeep_finished"
_PATIENCE_S = 5.0
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class _Finished:
    """What a worker recorded in this run, and in which folder of which machine."""

    recorded: int
    place: str


class Worker:
    """A worker's side: stops when told to, and reports when all is recorded."""

    def __init__(self, runner: WorkerRunner, recorder: Recorder, stop: Callable[[], None]) -> None:
        """Listen to the master; ``stop`` ends the users and records what they did."""
        self._stop = stop
        self._runner = runner
        self._recorder = recorder
        runner.register_message(_FINISH, self._finish, concurrent=True)

    def report(self) -> None:
        """Tell the master what is recorded, and where, or why it is not."""
        error = self._recorder.error
        self._runner.send_message(
            _FINISHED,
            {
                "error": str(error) if error else "",
                "recorded": self._recorder.recorded,
                "place": f"{socket.gethostname()}:{process.home()}",
            },
        )

    def _finish(self, **_: object) -> None:
        self._stop()
        self.report()


class Master:
    """The master's side.

    Attributes:
        errors: What workers could not record, and why; and which workers were lost.
    """

    def __init__(self, runner: MasterRunner, on_error: Callable[[], None]) -> None:
        """Listen to the workers; ``on_error`` is called when one of them can't record."""
        self._on_error = on_error
        self.errors: list[str] = []
        self._runner = runner
        self._members: set[str] = set()
        self._finished: dict[str, _Finished] = {}
        runner.register_message(_FINISHED, self._on_finished)
        joined = runner.environment.events.worker_connect
        joined.add_listener(lambda client_id, **_: self._members.add(client_id))  # type: ignore[no-untyped-call]

    def start(self) -> None:
        """Forget an earlier run."""
        self._finished.clear()
        self._members = self._reachable()

    def wait(self) -> None:
        """Have every worker stop its users, and return when all of them have recorded all."""
        self._runner.send_message(_FINISH)
        deadline = time.monotonic() + self._runner.environment.stop_timeout + _PATIENCE_S
        while self._unfinished() & self._reachable() and time.monotonic() < deadline:
            gevent.sleep(_POLL_S)
        self.errors += (
            f"worker {client} was lost during the run: part of its load was never made, and its "
            "last requests may be missing; look at its output, then run again"
            for client in sorted(self._unfinished())
        )

    @property
    def recorded(self) -> Mapping[str, int]:
        """How many requests the workers recorded in each place, ``host:folder``."""
        found: Counter[str] = Counter()
        for finished in self._finished.values():
            found[finished.place] += finished.recorded
        return found

    def _unfinished(self) -> set[str]:
        return self._members - self._finished.keys()

    def _reachable(self) -> set[str]:
        clients = self._runner.clients
        missing = {client.id for client in clients.missing}
        return {client.id for client in clients.all} - missing

    def _on_finished(self, *, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._finished[msg.node_id] = _Finished(msg.data["recorded"], msg.data["place"])
        if msg.data["error"] and msg.data["error"] not in self.errors:
            self.errors.append(msg.data["error"])
            gevent.spawn(self._on_error)
