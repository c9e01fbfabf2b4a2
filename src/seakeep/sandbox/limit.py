"""A limit on what the ingress passes on: one server for all requests, first come, first served."""

from __future__ import annotations

import asyncio

__all__ = ["PassLimit", "QueueFullError"]

LONGEST_QUEUE_S = 10.0
"""A request that would wait longer than this is turned away, as a real ingress does."""

# The loop's selector rounds waits up to whole milliseconds: aiming half of one early leaves an
# error of half a millisecond to either side instead of requests that are all too late.
_EARLY_S = 0.0005


class QueueFullError(Exception):
    """The queue is as long as it may be."""


class PassLimit:
    """Lets requests through one at a time, each as long after the one before as the limit says.

    The queue is that of a saturated backend: below the limit nobody waits, above it the wait grows
    by ``(rate - limit) / limit`` seconds a second. The times are those of a timetable that goes on
    from one request to the next, and not of sleeps that follow each other, so that late wake-ups
    do not add up. A second without requests earns nothing for the next one.
    """

    def __init__(self, per_s: float, *, longest_queue_s: float = LONGEST_QUEUE_S) -> None:
        """Start with an empty queue.

        Args:
            per_s: How many requests pass in a second; above 0.
            longest_queue_s: How long the last of the queue may have to wait.
        """
        self._period_s = 1.0 / per_s
        self._longest_queue_s = longest_queue_s
        self._free_at_s = 0.0

    def due_s(self, now_s: float) -> float:
        """Take the next place, and return when it passes, on the clock of ``now_s``.

        Raises:
            QueueFullError: It would wait too long; it takes no place.
        """
        due_s = max(now_s, self._free_at_s)
        if due_s - now_s > self._longest_queue_s:
            raise QueueFullError
        self._free_at_s = due_s + self._period_s
        return due_s

    async def turn(self) -> None:
        """Wait until it is this request's turn; who leaves the queue meanwhile keeps its place.

        Raises:
            QueueFullError: It would wait too long.
        """
        loop = asyncio.get_running_loop()
        wait_s = self.due_s(loop.time()) - loop.time()
        if wait_s > _EARLY_S:
            await asyncio.sleep(wait_s - _EARLY_S)
