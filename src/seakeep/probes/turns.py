"""Whose turn it is: a cap on how many checks are busy at once that slow targets can't use up.

A check is busy while it connects, sends and reads; most of a slow one's time it merely waits. So
each turn is given back after a moment, whether the check has ended or not: a thousand checks don't
start at once, and yet one that hangs until its deadline holds up nobody. What then is in flight
altogether is bounded only by the sockets that this process may open.
"""

from __future__ import annotations

import asyncio
import contextlib
import resource
from collections.abc import AsyncIterator

__all__ = ["PATIENCE_S", "Turns", "max_in_flight"]

PATIENCE_S = 0.05
"""How long a check keeps its turn: what most exchanges need on one continent."""

_RESERVED_DESCRIPTORS = 128
"""For the store, pytest, a browser's pipes and whatever else this process has open."""
_MOST_IN_FLIGHT = 4096


def max_in_flight() -> int:
    """Return how many checks may be in flight at once, each with a socket of its own."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return _MOST_IN_FLIGHT
    return max(1, min(_MOST_IN_FLIGHT, soft - _RESERVED_DESCRIPTORS))


class Turns:
    """Lets checks go, first come first served."""

    def __init__(self, max_busy: int) -> None:
        self._busy = asyncio.Semaphore(max_busy)
        self._in_flight = asyncio.Semaphore(max(max_busy, max_in_flight()))

    @contextlib.asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it until the block ends or patience does."""
        async with self._in_flight:
            await self._busy.acquire()
            returned = False

            def give_back() -> None:
                nonlocal returned
                if not returned:
                    returned = True
                    self._busy.release()

            timer = asyncio.get_running_loop().call_later(PATIENCE_S, give_back)
            try:
                yield
            finally:
                timer.cancel()
                give_back()
