"""Network faults: each says how long a link holds back the bytes that arrive now.

A new fault is a class with one method, `hold_s`. The link adds up the answers of
all its faults and keeps the order of the bytes.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Delay", "Fault", "Loss", "Partition"]

_FIRST_RETRANSMISSION_S = 0.2  # Linux TCP_RTO_MIN, include/net/tcp.h
_LAST_RETRANSMISSION_S = 120.0  # Linux TCP_RTO_MAX


class Fault(Protocol):
    """What happens to the bytes that cross a link in one direction."""

    def hold_s(self) -> float:
        """Seconds for which bytes that arrive now are held; infinity until the fault is lifted."""
        ...


@dataclass(frozen=True, slots=True)
class Delay:
    """Every segment arrives later, by `latency_s` plus or minus up to `jitter_s`."""

    latency_s: float
    jitter_s: float = 0.0

    def hold_s(self) -> float:
        """Seconds of delay, drawn anew for each segment."""
        if not self.jitter_s:
            return self.latency_s
        drawn = random.uniform(-self.jitter_s, self.jitter_s)  # noqa: S311 - no secret
        return max(0.0, self.latency_s + drawn)


@dataclass(frozen=True, slots=True)
class Partition:
    """No segment arrives; nothing is refused either."""

    def hold_s(self) -> float:
        """Infinity: held until the partition is lifted."""
        return math.inf


@dataclass(frozen=True, slots=True)
class Loss:
    """Each segment is lost with a chance of `probability`, and TCP sends it again.

    To the two programs a lost segment is a late one: TCP repeats it after its
    retransmission time-out, which doubles with each loss in a row (RFC 6298).
    """

    probability: float

    def hold_s(self) -> float:
        """Seconds until a transmission gets through; infinity if none ever can."""
        if self.probability >= 1:
            return math.inf
        held_s, timeout_s = 0.0, _FIRST_RETRANSMISSION_S
        while random.random() < self.probability:  # noqa: S311 - no secret
            held_s += timeout_s
            timeout_s = min(2 * timeout_s, _LAST_RETRANSMISSION_S)
        return held_s
