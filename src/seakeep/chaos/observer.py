"""The observer: asks the platform at a steady pace, whatever becomes of its answers.

Open loop: each request has an intended start, kept however slow the answers are, and durations
count from there. A closed loop would send least when the platform is at its worst ("coordinated
omission", http://highscalability.com/blog/2015/10/5/your-load-generator-is-probably-lying-to-you-take-the-red-pi.html).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from seakeep.chaos.timeline import Timeline
from seakeep.checks.check import Check
from seakeep.errors import StoreError
from seakeep.observation import Observation, Outcome
from seakeep.store import Store

__all__ = ["Ask", "Observer"]

Ask = Callable[[Check], Awaitable[Observation]]

_LARGEST_LAG_S = 0.1  # a request that starts later than this says more of us than of the platform
_RECORD_EVERY_S = 0.5
_DRAIN_S = 1.0

logger = logging.getLogger("chaostoolkit")


class Observer:
    """Asks one check after the other, from a thread with a loop of its own.

    Attributes:
        error: What went wrong last; ``None`` while nothing has.
    """

    def __init__(
        self,
        ask: Ask,
        checks: Sequence[Check],
        take: Callable[[Observation], Observation],
        store: Store,
        timeline: Timeline | None = None,
        rate_per_s: float = 20.0,
    ) -> None:
        """Get ready.

        Args:
            ask: Sends one check's request.
            checks: What is asked, in turn.
            take: Called with each observation as soon as it is there; returns what to record.
            store: Where the observations are recorded.
            timeline: The clock that they are stamped by; by default one of its own.
            rate_per_s: How many requests it sends a second. Twenty are enough to prove a total
                outage of a 99% objective within a second.
        """
        self._ask = ask
        self._checks = tuple(checks)
        self._take = take
        self._store = store
        self._rate_per_s = rate_per_s
        self._timeline = timeline or Timeline()
        self._fresh: list[Observation] = []
        self._unanswered: set[datetime] = set()
        self._stopping = False
        self._kept = False
        self._thread = threading.Thread(target=self._live, daemon=True, name="observer")
        self.error: Exception | None = None

    def start(self) -> None:
        """Begin to ask. Nothing is recorded until `keep`."""
        self._thread.start()

    def keep(self) -> None:
        """Record what was seen and will be.

        The answers to a run that was refused tell of nothing but the refusal: twenty a second from
        a wrong address would spend the error budget of weeks.
        """
        self._kept = True

    def stop(self) -> None:
        """Ask no more, and return when what was seen is recorded."""
        self._stopping = True
        if self._thread.is_alive():
            self._thread.join()

    def unanswered_since(self) -> datetime | None:
        """Return the intended start of the oldest request without an answer; ``None`` for none."""
        return min(tuple(self._unanswered), default=None)

    @property
    def blind(self) -> bool:
        """Whether it sees nothing any more, though nobody stopped it."""
        return not self._stopping and not self._thread.is_alive()

    def _live(self) -> None:
        try:
            asyncio.run(self._observe())
        except Exception as error:  # kept for the thread that waits for evidence
            logger.exception("the observer stopped")
            self.error = error

    async def _observe(self) -> None:
        ended = asyncio.Event()
        recording = asyncio.create_task(self._record_until(ended))
        waiting: set[asyncio.Task[None]] = set()
        now_s, began_s = self._timeline.elapsed_s, self._timeline.elapsed_s()
        for count, check in zip(itertools.count(), itertools.cycle(self._checks), strict=False):
            due_s = began_s + count / self._rate_per_s
            await asyncio.sleep(max(0.0, due_s - now_s()))
            if self._stopping:
                break
            due_at = self._timeline.at(due_s)
            self._unanswered.add(due_at)
            task = asyncio.create_task(self._one(check, due_at, now_s() - due_s))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
        if waiting:
            _, late = await asyncio.wait(waiting, timeout=_DRAIN_S)
            for task in late:
                task.cancel()
        ended.set()
        await recording

    async def _one(self, check: Check, due_at: datetime, lag_s: float) -> None:
        try:
            await self._ask_and_take(check, due_at, lag_s)
        finally:
            self._unanswered.discard(due_at)

    async def _ask_and_take(self, check: Check, due_at: datetime, lag_s: float) -> None:
        try:
            seen = await self._ask(check)
        except Exception as error:  # noqa: BLE001 - never the platform's doing: checks don't raise
            self.error = error
            return
        seen = replace(seen, at=due_at, duration_s=seen.duration_s + lag_s)
        if lag_s > _LARGEST_LAG_S:
            message = f"the observer was {lag_s * 1000:.0f} ms late"
            seen = replace(seen, outcome=Outcome.INVALID, cause="observer-lag", message=message)
        taken = self._take(seen)
        self._fresh.append(taken)

    async def _record_until(self, ended: asyncio.Event) -> None:
        """Hand what is new over to a thread now and then; the list itself stays on the loop's."""
        last = False
        while not last:
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), _RECORD_EVERY_S)
            last = ended.is_set()
            if self._kept:
                batch, self._fresh = self._fresh, []
                await asyncio.to_thread(self._record, batch)

    def _record(self, batch: Sequence[Observation]) -> None:
        """Write what is new; a store that fails must not blind the guard."""
        try:
            self._store.record_many(batch)
        except StoreError as error:
            if self.error is None:
                logger.critical("observations are lost: %s", error)
            self.error = error
