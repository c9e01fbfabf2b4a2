"""One direction of a connection through a proxy, and the toxics that caught it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from seakeep.sandbox.faults import Fault
from seakeep.sandbox.link import Direction, Link

__all__ = ["Attributes", "Effect", "Flow"]


class Effect(Protocol):
    """What a toxic does to one direction of one connection."""

    def take(self, chunk: bytes) -> tuple[bytes, ...]:
        """Return what goes on of a chunk; b"" is the end, and the last there is."""
        ...

    def stop(self) -> None:
        """Do nothing any more; what was held flows on."""
        ...

    def mend(self) -> None:
        """After the toxic was removed: end a connection that can't go on."""
        ...


class Attributes(Protocol):
    """The settings of a type of toxic."""

    def begin(self, name: str, flow: Flow) -> Effect:
        """Begin to act on a flow, under the toxic's name."""
        ...


class Flow:
    """Bytes on their way from one side of a connection to the other.

    Without a toxic they are handed on in the same call.
    """

    def __init__(
        self,
        link: Link,
        direction: Direction,
        deliver: Callable[[bytes], None],
        reset: Callable[[], None],
    ) -> None:
        """Begin without toxics.

        Args:
            link: The connection; it has two flows.
            direction: Which of the two.
            deliver: Gets the chunks in order, b"" as the end.
            reset: Breaks the connection.
        """
        self._link = link
        self._direction = direction
        self._pipe = link.pipe(direction, deliver)
        self._effects: dict[str, Effect] = {}
        self._ended = False
        self.reset = reset

    @property
    def held_bytes(self) -> int:
        """How many bytes are on their way."""
        return self._pipe.held_bytes

    def feed(self, chunk: bytes) -> None:
        """Take a chunk that came in now; b"" says that no more will come."""
        if self._ended:
            return
        if not self._effects:
            self._ended = not chunk
            self._pipe.feed(chunk)
            return
        chunks: tuple[bytes, ...] = (chunk,)
        for effect in tuple(self._effects.values()):
            chunks = tuple(passed for arrived in chunks for passed in effect.take(arrived))
        for passed in chunks:
            self._pass(passed)

    def finish(self) -> None:
        """End the flow after what is on its way, as if its source had ended it."""
        self._pass(b"")

    def begin(self, name: str, attributes: Attributes) -> None:
        """Let a toxic act on what comes from now on."""
        self._effects[name] = attributes.begin(name, self)

    def update(self, name: str, attributes: Attributes) -> None:
        """Let a toxic act with other settings; one that did not catch this flow begins now."""
        if effect := self._effects.pop(name, None):
            effect.stop()
        self.begin(name, attributes)

    def remove(self, name: str) -> None:
        """Take a toxic off; no error if it did not catch this flow."""
        if effect := self._effects.pop(name, None):
            effect.stop()
            effect.mend()

    def lay(self, name: str, fault: Fault) -> None:
        """Hold what comes from now on, as a fault says."""
        self._link.lay(name, self._direction, fault)

    def lift(self, name: str) -> None:
        """Let go what the fault of that name holds."""
        self._link.lift(name)

    def close(self) -> None:
        """Drop everything: the connection is gone."""
        self._ended = True
        for effect in self._effects.values():
            effect.stop()
        self._effects.clear()
        self._pipe.close()

    def _pass(self, chunk: bytes) -> None:
        if not self._ended:
            self._ended = not chunk
            self._pipe.feed(chunk)
