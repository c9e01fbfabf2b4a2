"""A link: the wire between two places of the sandbox, on which faults can be laid.

A link is a delay line, not a throttle: each chunk leaves in order, as long after
its arrival as the faults of that direction say, however many are on the way.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from enum import Enum

from seakeep.sandbox.faults import Fault

__all__ = ["Direction", "Link", "Pipe"]

# The loop's selector rounds waits up to whole milliseconds; aiming half of one early
# leaves an error of half a millisecond to either side instead of a delay too long.
_EARLY_S = 0.0005


class Direction(Enum):
    """Which way bytes go: from the link's source to its target, or back."""

    FORWARD = "forward"
    BACKWARD = "backward"


class Link:
    """The connections from one place to another, and the faults on them.

    Attributes:
        source: Name of the place that opens connections.
        target: Name of the place that answers them.
        address: Host and port of the target; None while nothing listens there.
    """

    def __init__(self, source: str, target: str) -> None:
        self.source = source
        self.target = target
        self.address: tuple[str, int] | None = None
        self._faults: dict[Direction, dict[str, Fault]] = {way: {} for way in Direction}
        self._pipes: set[Pipe] = set()

    def lay(self, name: str, direction: Direction, fault: Fault) -> None:
        """Put `fault` on one direction of this link, under a name to lift it by."""
        self._faults[direction][name] = fault

    def lift(self, name: str) -> None:
        """Take the faults of that name off; what they held flows again. No error if none is on."""
        for faults in self._faults.values():
            faults.pop(name, None)
        for pipe in tuple(self._pipes):
            pipe.reconsider()

    def hold_s(self, direction: Direction) -> float:
        """Seconds for which bytes that arrive now, going that way, are held."""
        faults = self._faults[direction]
        return sum(fault.hold_s() for fault in faults.values()) if faults else 0.0

    def pipe(self, direction: Direction, deliver: Callable[[bytes], None]) -> Pipe:
        """A new delay line across this link; `deliver` gets chunks in order, b"" as the end."""
        pipe = Pipe(self, direction, deliver)
        self._pipes.add(pipe)
        return pipe

    def forget(self, pipe: Pipe) -> None:
        """Drop a pipe that has delivered its end or lost its connection."""
        self._pipes.discard(pipe)

    async def cross(self, direction: Direction) -> None:
        """Wait as long as one segment takes to cross, for example that of a handshake."""
        if not self._faults[direction]:
            return
        arrived: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def deliver(_: bytes) -> None:
            if not arrived.done():
                arrived.set_result(None)

        pipe = self.pipe(direction, deliver)
        pipe.feed(b"\0")
        try:
            await arrived
        finally:
            pipe.close()


class Pipe:
    """One direction of one connection: a queue of chunks, each with the time it is due."""

    def __init__(self, link: Link, direction: Direction, deliver: Callable[[bytes], None]) -> None:
        self._link = link
        self._direction = direction
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[float, float, bytes]] = deque()  # arrived, due, chunk
        self._timer: asyncio.TimerHandle | None = None
        self.held_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Take a chunk that arrived now; b"" says that no more will come."""
        hold_s = self._link.hold_s(self._direction)
        if not self._queue and hold_s <= 0:
            self._deliver(chunk)
            return
        now = self._loop.time()
        earliest = self._queue[-1][1] if self._queue else now
        self._queue.append((now, max(now + hold_s, earliest), chunk))
        self.held_bytes += len(chunk)
        self._arm()

    def reconsider(self) -> None:
        """After a fault was lifted: nothing waits longer than the faults still on demand."""
        earliest = 0.0
        for index, (arrived, due, chunk) in enumerate(self._queue):
            due_now = max(earliest, min(due, arrived + self._link.hold_s(self._direction)))
            self._queue[index] = (arrived, due_now, chunk)
            earliest = due_now
        self._arm()

    def close(self) -> None:
        """Drop what is still held; nothing is delivered any more."""
        self._queue.clear()
        self.held_bytes = 0
        self._arm()
        self._link.forget(self)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._queue and self._queue[0][1] != math.inf:
            self._timer = self._loop.call_at(self._queue[0][1] - _EARLY_S, self._flush)

    def _flush(self) -> None:
        self._timer = None
        limit = self._loop.time() + _EARLY_S
        while self._queue and self._queue[0][1] <= limit:
            _, _, chunk = self._queue.popleft()
            self.held_bytes -= len(chunk)
            self._deliver(chunk)
        if self._timer is None:
            self._arm()
