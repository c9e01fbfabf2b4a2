"""The toxics: what each does to one direction of a connection.

https://github.com/Shopify/toxiproxy#toxics. All but two hold bytes back for a while, as the faults
of links do. The fields of a class are the attributes of its type, named as Toxiproxy names them:
whole milliseconds, kilobytes a second, and bytes.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass

from seakeep.sandbox.faults import Bandwidth, Delay, Fault, Partition
from seakeep.sandbox.toxiproxy_flow import Attributes, Flow

__all__ = ["TYPES"]

_BYTES_PER_KB = 1000  # a byte takes a millisecond at 1 KB/s: Toxiproxy's toxics/bandwidth.go
_TRICKLE_S = 0.1  # what one piece under a rate takes: likewise


class _Laid:
    """Holds bytes back, by a fault on the link; in pieces of a size, or as they come."""

    def __init__(self, name: str, flow: Flow, fault: Fault, piece_bytes: int = 0) -> None:
        self._name = name
        self._flow = flow
        self._piece_bytes = piece_bytes
        flow.lay(name, fault)

    def take(self, chunk: bytes) -> tuple[bytes, ...]:
        size = self._piece_bytes
        if not size or len(chunk) <= size:
            return (chunk,)
        return tuple(chunk[start : start + size] for start in range(0, len(chunk), size))

    def stop(self) -> None:
        self._flow.lift(self._name)

    def mend(self) -> None:
        """Nothing: no byte was lost."""


@dataclass(frozen=True, slots=True)
class _Latency:
    latency: int = 0
    jitter: int = 0

    def begin(self, name: str, flow: Flow) -> _Laid:
        return _Laid(name, flow, Delay(self.latency / 1000, self.jitter / 1000))


@dataclass(frozen=True, slots=True)
class _Bandwidth:
    rate: int = 0

    def begin(self, name: str, flow: Flow) -> _Laid:
        bytes_per_s = self.rate * _BYTES_PER_KB
        if not bytes_per_s:
            return _Laid(name, flow, Partition())
        return _Laid(name, flow, Bandwidth(bytes_per_s, 0), math.ceil(bytes_per_s * _TRICKLE_S))


@dataclass(frozen=True, slots=True)
class _LateEnd:
    delay_s: float

    def hold_s(self, size_bytes: int, now_s: float) -> float:  # noqa: ARG002 - the same always
        return 0.0 if size_bytes else self.delay_s


@dataclass(frozen=True, slots=True)
class _SlowClose:
    delay: int = 0

    def begin(self, name: str, flow: Flow) -> _Laid:
        return _Laid(name, flow, _LateEnd(self.delay / 1000))


class _Swallowed:
    """Drops all bytes, and ends the connection when none came for a while, or never."""

    def __init__(self, flow: Flow, after_s: float) -> None:
        self._flow = flow
        self._after_s = after_s
        self._timer: asyncio.TimerHandle | None = None
        self._arm()

    def take(self, chunk: bytes) -> tuple[bytes, ...]:
        self._arm()
        return () if chunk else (chunk,)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def mend(self) -> None:
        """End the connection, as Toxiproxy does: bytes are missing in it."""
        self._flow.finish()

    def _arm(self) -> None:
        self.stop()
        if self._after_s:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._after_s, self._flow.finish)


@dataclass(frozen=True, slots=True)
class _Timeout:
    timeout: int = 0

    def begin(self, name: str, flow: Flow) -> _Swallowed:  # noqa: ARG002 - it lays no fault
        return _Swallowed(flow, self.timeout / 1000)


class _Reset:
    """Resets the connection, so long after the first bytes, which are dropped."""

    def __init__(self, flow: Flow, after_s: float) -> None:
        self._flow = flow
        self._after_s = after_s
        self._timer: asyncio.TimerHandle | None = None

    def take(self, chunk: bytes) -> tuple[bytes, ...]:  # noqa: ARG002 - whatever it is
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._after_s, self._flow.reset)
        return ()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def mend(self) -> None:
        """Reset a connection in which bytes are missing."""
        if self._timer is not None:
            self._flow.reset()


@dataclass(frozen=True, slots=True)
class _ResetPeer:
    timeout: int = 0

    def begin(self, name: str, flow: Flow) -> _Reset:  # noqa: ARG002 - it lays no fault
        return _Reset(flow, self.timeout / 1000)


class _Limited:
    """Ends the connection after so many bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._left_bytes = limit_bytes

    def take(self, chunk: bytes) -> tuple[bytes, ...]:
        passed = chunk[: self._left_bytes]
        self._left_bytes -= len(passed)
        if self._left_bytes > 0 and chunk:
            return (passed,)
        return (passed, b"") if passed else (b"",)

    def stop(self) -> None:
        """Nothing to stop."""

    def mend(self) -> None:
        """Nothing: until its limit, no byte was lost."""


@dataclass(frozen=True, slots=True)
class _LimitData:
    bytes: int = 0

    def begin(self, name: str, flow: Flow) -> _Limited:  # noqa: ARG002 - it lays no fault
        return _Limited(self.bytes)


TYPES: Mapping[str, type[Attributes]] = {
    "latency": _Latency,
    "bandwidth": _Bandwidth,
    "slow_close": _SlowClose,
    "timeout": _Timeout,
    "reset_peer": _ResetPeer,
    "limit_data": _LimitData,
}
"""Every type by its name; ``slicer`` is left out, since the ingress reads whole requests."""
