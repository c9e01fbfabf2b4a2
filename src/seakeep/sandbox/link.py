"""A link: the wire between two places of the sandbox, on which faults can be laid.

A link is a delay line: each chunk leaves in order, as long after its arrival as the
faults of that direction say, however many are on the way.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from seakeep.sandbox.faults import Fault, Partition

__all__ = ["Direction", "Link", "Pipe"]

# Faults judge at most so many bytes at once: a body under a rate comes bit by bit.
_PIECE_BYTES = 16 * 1024

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
        """Put `fault` on one direction of this link, under a name to lift it by.

        It is for the bytes that come from now on; a partition holds those on their way, too.
        """
        self._faults[direction][name] = fault
        if isinstance(fault, Partition):
            for pipe in self._pipes:
                if pipe.direction is direction:
                    pipe.hold_all(name)

    def lift(self, name: str) -> None:
        """Take the faults of that name off; what they held flows again. No error if none is on."""
        for faults in self._faults.values():
            faults.pop(name, None)
        for pipe in tuple(self._pipes):
            pipe.release(name)

    def faulty(self, direction: Direction) -> bool:
        """Whether a fault is on that direction."""
        return bool(self._faults[direction])

    def holds_s(self, direction: Direction, size_bytes: int) -> dict[str, float]:
        """Seconds for which each fault, by name, holds bytes that arrive now and go that way."""
        now_s = asyncio.get_running_loop().time()
        faults = self._faults[direction]
        return {name: fault.hold_s(size_bytes, now_s) for name, fault in faults.items()}

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


@dataclass(slots=True)
class _Held:
    """A chunk on its way."""

    arrived: float
    chunk: bytes
    holds_s: dict[str, float]

    @property
    def due(self) -> float:
        return self.arrived + sum(self.holds_s.values())


class Pipe:
    """One direction of one connection: a queue of chunks, each with the time it is due.

    Attributes:
        direction: Which way.
        held_bytes: How many bytes are on their way.
    """

    def __init__(self, link: Link, direction: Direction, deliver: Callable[[bytes], None]) -> None:
        self._link = link
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._queue: deque[_Held] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.direction = direction
        self.held_bytes = 0

    def feed(self, chunk: bytes) -> None:
        """Take a chunk that arrived now; b"" says that no more will come."""
        if not self._queue and not self._link.faulty(self.direction):
            self._deliver(chunk)
            return
        for start in range(0, max(len(chunk), 1), _PIECE_BYTES):
            self._take(chunk[start : start + _PIECE_BYTES])
        self._flush()

    def hold_all(self, name: str) -> None:
        """Keep what is on its way until the fault of that name is lifted."""
        for held in self._queue:
            held.holds_s[name] = math.inf
        self._arm()

    def release(self, name: str) -> None:
        """After that fault was lifted: nothing waits for it any more."""
        for held in self._queue:
            held.holds_s.pop(name, None)
        self._arm()

    def close(self) -> None:
        """Drop what is still held; nothing is delivered any more."""
        self._queue.clear()
        self.held_bytes = 0
        self._arm()
        self._link.forget(self)

    def _take(self, piece: bytes) -> None:
        holds_s = self._link.holds_s(self.direction, len(piece))
        self._queue.append(_Held(self._loop.time(), piece, holds_s))
        self.held_bytes += len(piece)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        # In order: a chunk that is due waits for the one before it, so the first one decides.
        if self._queue and (due := self._queue[0].due) != math.inf:
            self._timer = self._loop.call_at(due - _EARLY_S, self._flush)

    def _flush(self) -> None:
        limit = self._loop.time() + _EARLY_S
        while self._queue and self._queue[0].due <= limit:
            held = self._queue.popleft()
            self.held_bytes -= len(held.chunk)
            self._deliver(held.chunk)
        self._arm()
