"""A run of several processes: workers make the load, and the master directs, records and judges.

Locust's own messages carry ours. A worker sends what it saw once a second; the master alone has a
store. The master sends orders four times a second, which tell a worker that it is still there, too.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import gevent  # type: ignore[import-untyped]
from gevent.event import Event  # type: ignore[import-untyped]
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

import seakeep
from seakeep.load.orders import Follower, Orders
from seakeep.load.plan import RunPlan
from seakeep.load.process import LoadProcess
from seakeep.load.split import LEAD_S, NOBODY
from seakeep.load.team import Take
from seakeep.observation import Kind, Observation
from seakeep.store_rows import from_row, to_row

__all__ = ["MASTER_SILENT_S", "Master", "Worker"]

_LOG = logging.getLogger(__name__)

_ORDERS = "seakeep_orders"
_BATCH = "seakeep_batch"
_FINISH = "seakeep_finish"
_LEAVING = "seakeep_leaving"

MASTER_SILENT_S = 1.5
"""A worker that hears nothing for so long has lost its master, and ends."""

_WORKER_SILENT_S = 3.0
"""A worker that says nothing for so long gets no more arrivals until it does."""

_PATIENCE_S = 5.0
_POLL_S = 0.02
_WATCH_S = 0.1


class Worker:
    """A worker's side.

    Attributes:
        has_lost_master: Whether it ends because it heard nothing any more.
    """

    def __init__(
        self,
        runner: WorkerRunner,
        process: LoadProcess,
        follower: Follower,
        stop: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        """Listen to the master.

        Args:
            runner: Locust's.
            process: Makes this worker's load.
            follower: Has the load follow the orders.
            stop: Ends the users, and tells the rest of what they did.
            on_lost: Called once when the master is gone.
        """
        self.has_lost_master = False
        self._runner = runner
        self._process = process
        self._follower = follower
        self._stop = stop
        self._on_lost = on_lost
        self._heard_at: float | None = None
        self._silent_s = 0.0
        self._requests = 0
        self._run = -1
        self._is_finishing = self._has_left = False
        self._out = Event()
        runner.register_message(_ORDERS, self._on_orders)
        runner.register_message(_FINISH, self._on_finish, concurrent=True)
        gevent.spawn(self._watch_master)

    def prepare(self, run: int) -> None:
        """Be ready for a run."""
        self._run = run
        self._requests = 0
        self._is_finishing = False
        self._out.clear()

    def tell(self, observations: Sequence[Observation], *, is_final: bool = False) -> None:
        """Send what was seen to the master; the last time with ``is_final``."""
        self._requests += _requests(observations)
        if is_final:  # Locust's own statistics, too: its next report might find the worker gone
            self._runner._send_stats()  # noqa: SLF001
        self._runner.send_message(
            _BATCH,
            {
                "version": seakeep.__version__,
                "run": self._run,
                "rows": [_plain_row(observation) for observation in observations],
                "requests": self._requests,
                "is_done": self._process.is_done,
                "is_final": is_final,
            },
        )

    def leave(self) -> None:
        """Hand the arrivals over to other workers, before this one ends in the midst of a run."""
        if not (self._heard_at is None or self.has_lost_master or self._is_finishing):
            self._runner.send_message(_LEAVING)
            self._out.wait(2 * LEAD_S)
        self._has_left = True

    def lose_master(self, why: str) -> None:
        """End without a master; a second call does nothing, nor one when it ends already."""
        if self.has_lost_master or self._has_left:
            return
        self.has_lost_master = True
        _LOG.error("seakeep: %s: this worker ends", why)
        self._out.set()
        self._on_lost()

    def _on_orders(self, *, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._heard_at, self._silent_s = time.monotonic(), 0.0
        orders = Orders.of(msg.data)
        self._follower.follow(orders)
        epoch = orders.epoch
        if epoch and epoch.index == NOBODY and orders.elapsed_s >= epoch.from_s:
            self._out.set()

    def _on_finish(self, **_: object) -> None:
        self._is_finishing = True
        self._out.set()
        self._process.halt()
        self._stop()
        self.tell((), is_final=True)
        self._heard_at = None  # no more orders, until another run

    def _watch_master(self) -> None:
        awake_at = time.monotonic()
        while True:
            gevent.sleep(_WATCH_S)
            slept_s, awake_at = time.monotonic() - awake_at, time.monotonic()
            # What this worker slept through itself, such as a stop, is not the master's silence
            self._silent_s += min(slept_s, 2 * _WATCH_S)
            if self._heard_at is not None and self._silent_s > MASTER_SILENT_S:
                self.lose_master(f"heard nothing of the master for {MASTER_SILENT_S:g} s")
                return


class Master:
    """The master's side: the crew that the run's director directs.

    Attributes:
        troubles: What makes the record incomplete, in words.
        losses: Which workers were lost during the run, in words.
    """

    def __init__(self, runner: MasterRunner) -> None:
        """Listen to the workers."""
        self.troubles: list[str] = []
        self.losses: list[str] = []
        self._take: Take = _nothing
        self._runner = runner
        self._run = -1
        self._heard_at: dict[str, float] = {}
        self._begun: set[str] = set()
        self._done: set[str] = set()
        self._leaving: set[str] = set()
        self._finished: set[str] = set()
        self._received: Counter[str] = Counter()
        runner.register_message(_BATCH, self._on_batch)
        runner.register_message(_LEAVING, self._on_leaving)

    def prepare(self, plan: RunPlan, take: Take) -> None:
        """Forget an earlier run."""
        self._run = plan.number
        self._take = take
        self.troubles.clear()
        self.losses.clear()
        for known in (self._begun, self._done, self._leaving, self._finished):
            known.clear()
        self._heard_at.clear()
        self._received.clear()

    def everyone(self) -> tuple[str, ...]:
        """Return the workers that are connected."""
        missing = {client.id for client in self._runner.clients.missing}
        return tuple(sorted({client.id for client in self._runner.clients.all} - missing))

    def members(self) -> tuple[str, ...]:
        """Return the workers whose users are there, and who were heard of lately.

        When one joins or leaves, Locust spreads the users anew, and all workers are "spawning".
        """
        clients = self._runner.clients
        running = {client.id for client in clients.running}
        self._begun |= running
        again = {client.id for client in clients.spawning} & self._begun
        for each in running:  # one that never says anything is silent from here on
            self._heard_at.setdefault(each, time.monotonic())
        lately = time.monotonic() - _WORKER_SILENT_S
        return tuple(
            sorted(
                each
                for each in running | again
                if self._heard_at[each] >= lately and each not in self._leaving
            )
        )

    def is_done(self) -> bool:
        """Return whether every worker says that its part is over."""
        return set(self.members()) <= self._done

    def tell(self, member: str, orders: Orders) -> None:
        """Send a worker its orders, once its users were there: before, it may not listen yet."""
        if member not in self._begun:
            return
        self._runner.send_message(_ORDERS, orders.message(), client_id=member)

    def finish(self) -> None:
        """Have every worker stop its users, and return when all of them have told all they saw."""
        # As Locust does next: who goes now is not replaced, which would keep us from hearing others
        self._runner._users_dispatcher = None  # noqa: SLF001
        self._runner.send_message(_FINISH)
        deadline = time.monotonic() + self._runner.environment.stop_timeout + _PATIENCE_S
        while self._unfinished() & set(self.everyone()) and time.monotonic() < deadline:
            gevent.sleep(_POLL_S)
        self.losses[:] = [
            f"worker {client} was lost during the run: what it saw last is missing, and so are the "
            "arrivals that were its own"
            for client in sorted(self._unfinished())
        ]

    def end(self) -> None:
        """Do nothing: the workers have told the rest."""

    def _unfinished(self) -> set[str]:
        return set(self._heard_at) - self._finished

    def _on_leaving(self, *, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        self._leaving.add(msg.node_id)

    def _on_batch(self, *, environment: Environment, msg: Message) -> None:  # noqa: ARG002
        client, batch = msg.node_id, msg.data
        if batch["version"] != seakeep.__version__:
            self._complain(
                f"worker {client} runs Seakeep {batch['version']}, and the master "
                f"{seakeep.__version__}: wanted the same"
            )
            return
        if batch["run"] != self._run:
            return
        observations = [from_row(tuple(row)) for row in batch["rows"]]
        self._heard_at[client] = time.monotonic()
        self._received[client] += _requests(observations)
        if observations:
            self._take(observations)
        (self._done.add if batch["is_done"] else self._done.discard)(client)
        if batch["is_final"]:
            self._finished.add(client)
            lacking = batch["requests"] - self._received[client]
            if lacking:
                self._complain(f"{lacking} requests of worker {client} were lost on their way")

    def _complain(self, error: str) -> None:
        if error not in self.troubles:
            self.troubles.append(error)


def _nothing(_: Sequence[Observation]) -> None:
    """Take what was seen before any run."""


def _requests(observations: Sequence[Observation]) -> int:
    return sum(seen.events for seen in observations if seen.kind is Kind.LOAD)


def _plain_row(observation: Observation) -> list[Any]:
    """Return a row that Locust's messages can carry: they know no enumerations."""
    return [str(value) if isinstance(value, str) else value for value in to_row(observation)]
