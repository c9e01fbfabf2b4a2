"""The HTTP checks of one pytest session, which run beside it on a loop of their own.

All of them start at once; each test then waits for its own. What was seen is recorded in one
transaction as soon as the last has ended, or when the session is interrupted.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Iterable, Sequence

from seakeep.checks.check import Check
from seakeep.errors import StoreError
from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.probes.engine import run_checks
from seakeep.store import Store

__all__ = ["ProbeSession"]


class ProbeSession:
    """What one session looks at, and what it has seen so far.

    Attributes:
        platform: What is watched.
        location: Where this observer stands.
        run_id: The run that all observations belong to.
        observations: All that was seen, in the order in which it ended.
        store_error: Why observations could not be recorded, if so.
    """

    def __init__(self, platform: Platform, store: Store, *, location: str, run_id: str) -> None:
        self.platform = platform
        self.location = location
        self.run_id = run_id
        self.observations: list[Observation] = []
        self.store_error: StoreError | None = None
        self._store = store
        self._answers: dict[str, concurrent.futures.Future[Observation]] = {}
        self._loop = asyncio.new_event_loop()
        self._running: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None

    def start(self, checks: Iterable[Check]) -> None:
        """Send these checks now, each once; returns at once."""
        new = tuple({c.name: c for c in checks if c.name not in self._answers}.values())
        if not new:
            return
        self.wait()
        self._answers |= {check.name: concurrent.futures.Future() for check in new}
        self._running = self._loop.create_task(self._run(new))
        self._thread = threading.Thread(target=self._turn, name="seakeep checks", daemon=True)
        self._thread.start()

    def answer(self, check: Check) -> Observation:
        """Wait for a check's observation; a check that was not started is started now."""
        self.start((check,))
        return self._answers[check.name].result()

    def wait(self) -> None:
        """Wait until no check is under way, so that what follows does not disturb their times."""
        if self._thread is not None:
            self._thread.join()

    def record(self, *observations: Observation) -> None:
        """Keep observations, and write them to the store in one transaction."""
        self.observations += observations
        self._write(observations)

    def close(self) -> None:
        """End what still runs, and close the store; all that had ended is recorded."""
        running = self._running
        if running is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(running.cancel)
        self.wait()
        self._loop.close()
        self._store.close()

    def _turn(self) -> None:
        running = self._running
        if running is not None:
            with contextlib.suppress(asyncio.CancelledError):
                self._loop.run_until_complete(running)

    async def _run(self, checks: Sequence[Check]) -> None:
        seen: list[Observation] = []

        def observed(check: Check, observation: Observation) -> None:
            seen.append(observation)
            self._answers[check.name].set_result(observation)

        try:
            await run_checks(
                self.platform,
                checks,
                location=self.location,
                run_id=self.run_id,
                observed=observed,
            )
        except BaseException as error:
            for check in checks:
                if not self._answers[check.name].done():
                    self._answers[check.name].set_exception(error)
            raise
        finally:
            self.observations += seen
            self._write(seen)

    def _write(self, observations: Sequence[Observation]) -> None:
        try:
            self._store.record_many(observations)
        except StoreError as error:
            self.store_error = error
