"""The checks of one pytest session, which run beside it on a loop of their own.

All of them start at once; each test then waits for its own. What was seen is recorded batch by
batch while the others still run, a transaction each, and a test hears only of what is recorded.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from typing import TypeVar

from seakeep.checks.check import Check
from seakeep.errors import StoreError
from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.probes import engine
from seakeep.probes.answer import Answer
from seakeep.probes.streak import with_streak
from seakeep.probes.tls_contexts import warm_up
from seakeep.store import Store

__all__ = ["ProbeSession"]

T = TypeVar("T")

_BATCH_S = 0.25
"""How long what was seen may wait for more to be recorded with it."""


class ProbeSession:
    """What one session looks at, and what it has seen so far.

    Attributes:
        platform: What is watched.
        store: Where observations go.
        location: Where this observer stands.
        run_id: The run that all observations belong to.
        observations: All that was seen, in the order in which it was recorded.
        store_error: Why observations could not be recorded, if so.
    """

    def __init__(self, platform: Platform, store: Store, *, location: str, run_id: str) -> None:
        self.platform = platform
        self.store = store
        self.location = location
        self.run_id = run_id
        self.observations: list[Observation] = []
        self.store_error: StoreError | None = None
        self._answers: dict[str, concurrent.futures.Future[Observation]] = {}
        self._asked_in_vain: list[str] = []
        self._running: concurrent.futures.Future[None] | None = None
        self._loop = asyncio.new_event_loop()
        self._thread: threading.Thread | None = None

    @property
    def not_ended(self) -> tuple[str, ...]:
        """The names of the checks that were started, and of which nothing was seen (so far)."""
        open_ones = (n for n, one in self._answers.items() if not one.done() or one.exception())
        return (*open_ones, *self._asked_in_vain)

    def start(self, checks: Iterable[Check]) -> None:
        """Send these checks now, each once; returns at once."""
        self._send(checks)

    def _send(self, checks: Iterable[Check]) -> None:
        new = tuple({c.name: c for c in checks if c.name not in self._answers}.values())
        if not new:
            return
        self.wait()
        self._answers |= {check.name: concurrent.futures.Future() for check in new}
        self._running = self._soon(self._run(new))

    def answer(self, check: Check) -> Observation:
        """Wait for a check's observation; a check that was not started is started now."""
        self._send((check,))
        return self._answers[check.name].result()

    def ask(self, check: Check) -> tuple[Observation, Answer | None]:
        """Send one check now, and return what was seen, which is not recorded, and the answer."""
        self.wait()
        asked = self._soon(self._ask(check))
        try:
            with _cancelled_on_interrupt(asked):
                return asked.result()
        except BaseException:
            self._asked_in_vain.append(check.name)
            raise

    def wait(self) -> None:
        """Wait until no check is under way, so that what follows does not disturb their times."""
        if self._running is not None:
            concurrent.futures.wait([self._running])

    def counted(self, observation: Observation) -> Observation:
        """Return an observation that says how many failures in a row it is the last of."""
        try:
            return with_streak(observation, self.store)
        except StoreError as error:
            self.store_error = error
            return observation

    def record(self, *observations: Observation) -> tuple[Observation, ...]:
        """Count failures in a row, write to the store in one transaction, and return the result."""
        counted = tuple(self.counted(observation) for observation in observations)
        self.observations += counted
        try:
            self.store.record_many(counted)
        except StoreError as error:
            self.store_error = error
        return counted

    def close(self, *, interrupted: bool = False) -> None:
        """Wait for the checks that are under way, and close the store.

        They are waited for although no test does so any more: to leave out those that take long
        would make the platform look faster than it is.

        Args:
            interrupted: Whether to end at once; what had ended is recorded all the same.
        """
        try:
            if self._running is not None:
                if interrupted:
                    self._running.cancel()
                with _cancelled_on_interrupt(self._running):
                    self.wait()
        finally:
            self._stop()
            self.store.close()

    def _soon(self, work: Coroutine[None, None, T]) -> concurrent.futures.Future[T]:
        if self._thread is None:
            self._thread = threading.Thread(target=self._turn, name="seakeep checks", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _turn(self) -> None:
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_end_tasks())
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
        finally:
            self._loop.close()

    def _stop(self) -> None:
        if self._thread is None:
            self._loop.close()
        else:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    async def _ask(self, check: Check) -> tuple[Observation, Answer | None]:
        warm_up(self.platform.base_url, (check,))
        return await engine.ask(self.platform, check, location=self.location, run_id=self.run_id)

    async def _run(self, checks: Sequence[Check]) -> None:
        seen: list[Observation] = []
        looking = asyncio.create_task(self._look(checks, seen))
        try:
            while not looking.done():
                await asyncio.wait({looking}, timeout=_BATCH_S)
                await asyncio.to_thread(self._settle, _taken(seen))
            looking.result()
        except BaseException as error:
            looking.cancel()
            try:
                await asyncio.gather(looking, return_exceptions=True)
            finally:
                self._settle(_taken(seen))
                self._give_up(checks, error)
            raise

    async def _look(self, checks: Sequence[Check], seen: list[Observation]) -> None:
        await engine.run_checks(
            self.platform,
            checks,
            location=self.location,
            run_id=self.run_id,
            observed=lambda _check, observation: seen.append(observation),
        )

    def _settle(self, seen: Sequence[Observation]) -> None:
        if seen:
            for observation in self.record(*seen):
                self._answers[observation.name].set_result(observation)

    def _give_up(self, checks: Iterable[Check], error: BaseException) -> None:
        for check in checks:
            if not self._answers[check.name].done():
                self._answers[check.name].set_exception(error)


def _taken(seen: list[Observation]) -> tuple[Observation, ...]:
    """Return all that was seen, and leave nothing."""
    taken = tuple(seen)
    del seen[: len(taken)]
    return taken


async def _end_tasks() -> None:
    """Cancel what still runs, and let it record what it has seen."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


@contextlib.contextmanager
def _cancelled_on_interrupt(running: concurrent.futures.Future[T]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        running.cancel()
        concurrent.futures.wait([running])
        raise
