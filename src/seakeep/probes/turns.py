"""Whose turn it is: a cap on how many checks are busy at once that slow targets can't use up.

A check is busy while it connects, sends and reads; most of a slow one's time it merely waits. So
each turn is given back after a moment, whether the check has ended or not: a thousand checks don't
start at once, and yet one that hangs until its deadline holds up nobody. What then is in flight
altogether is bounded only by the sockets that this process may open.
"""

from __future__ import annotations

import asyncio
import resource

__all__ = ["PATIENCE_S", "Turn", "Turns", "max_in_flight"]

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
    """Hands out turns, first come first served."""

    def __init__(self, max_busy: int) -> None:
        self._busy = asyncio.Semaphore(max_busy)
        self._in_flight = asyncio.Semaphore(max(max_busy, max_in_flight()))

    async def take(self) -> Turn:
        """Wait for a turn; whoever takes it ends it."""
        await self._in_flight.acquire()
        await self._busy.acquire()
        return Turn(self._busy, self._in_flight)


class Turn:
    """The time in which a check may be busy."""

    def __init__(self, busy: asyncio.Semaphore, in_flight: asyncio.Semaphore) -> None:
        self._busy, self._in_flight = busy, in_flight
        self._is_over = False
        self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, self._give_back)

    def end(self) -> None:
        """Let the next one go: the check has ended."""
        self._patience.cancel()
        self._give_back()
        self._in_flight.release()

    def _give_back(self) -> None:
        if not self._is_over:
            self._is_over = True
            self._busy.release()
