"""Has the master of a distributed run wait until every worker has recorded its last request.

Locust's master gives workers half a second to quit. That is too little for their last users to
finish and for the disk to have it all, and a verdict before that would miss requests.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gevent  # type: ignore[import-untyped]
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from seakeep.load.recorder import Recorder

__all__ = ["Master", "Worker"]

_FINISH = "seakeep_finish"
_FINISHED = "seakeep_finished"
_PATIENCE_S = 5.0
_POLL_S = 0.02


class Worker:
    """A worker's side: stops when told to, and reports when all is recorded."""

    def __init__(self, runner: WorkerRunner, recorder: Recorder, stop: Callable[[], None]) -> None:
        """Listen to the master; ``stop`` ends the users and records what they did."""
        self._stop = stop
        self._runner = runner
        self._recorder = recorder
        runner.register_message(_FINISH, self._finish, concurrent=True)

    def report(self) -> None:
        """Tell the master that everything is recorded, or why it is not."""
        error = self._recorder.error
        self._runner.send_message(_FINISHED, {"error": str(error) if error else ""})

    def _finish(self, **_: object) -> None:
        self._stop()
        self.report()


class Master:
    """The master's side.

    Attributes:
        errors: What workers could not record, and why.
    """

    def __init__(self, runner: MasterRunner, on_error: Callable[[], None]) -> None:
        """Listen to the workers; ``on_error`` is called when one of them can't record."""
        self._on_error = on_error
        self.errors: list[str] = []
        self._runner = runner
        self._finished: set[str] = set()
        runner.register_message(_FINISHED, self._on_finished)

    def start(self) -> None:
        """Forget an earlier run."""
        self._finished.clear()

    def wait(self) -> None:
        """Have every worker stop its users, and return when all of them have recorded all."""
        self._runner.send_message(_FINISH)
        deadline = time.monotonic() + self._runner.environment.stop_timeout + _PATIENCE_S
        while self._unfinished() and time.monotonic() < deadline:
            gevent.sleep(_POLL_S)
        for client in self._unfinished():
            self.errors.append(f"worker {client} did not say that it has recorded everything")

    def _unfinished(self) -> list[str]:
        clients = self._runner.clients
        missing = {client.id for client in clients.missing}
        return [client.id for client in clients.all if client.id not in self._finished | missing]

    def _on_finished(self, *, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._finished.add(msg.node_id)
        if msg.data["error"] and msg.data["error"] not in self.errors:
            self.errors.append(msg.data["error"])
            gevent.spawn(self._on_error)
