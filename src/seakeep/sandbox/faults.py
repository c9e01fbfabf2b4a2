"""Network faults: each says how long a link holds back the bytes that arrive now.

A new fault is a class with one method, `hold_s`. The link adds up the answers of
all its faults and keeps the order of the bytes.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Bandwidth", "Combined", "Correlated", "Delay", "Fault", "Loss", "Partition"]

_FIRST_RETRANSMISSION_S = 0.2  # Linux TCP_RTO_MIN, include/net/tcp.h
_LAST_RETRANSMISSION_S = 120.0  # Linux TCP_RTO_MAX
_RETRANSMISSIONS = 15  # Linux net.ipv4.tcp_retries2: then the connection is given up


class Fault(Protocol):
    """What happens to the bytes that cross a link in one direction."""

    def hold_s(self, size_bytes: int, now_s: float) -> float:
        """Seconds for which bytes are held; infinity until the fault is lifted.

        Args:
            size_bytes: How many arrive together.
            now_s: When they arrive, on the loop's clock.
        """
        ...


class Correlated:
    """Draws from 0 to 1, each of which takes after the one before.

    As netem does it: a part `correlation` of the last one, and the rest at random; the first
    is random. Strongly correlated draws keep closer to the middle than the uniform ones do.
    Source: `get_crandom` in Linux net/sched/sch_netem.c, and "loss random" in
    https://man7.org/linux/man-pages/man8/tc-netem.8.html
    """

    def __init__(self, correlation: float, draw: Callable[[], float] = random.random) -> None:
        """Start afresh.

        Args:
            correlation: From 0 (independent draws) to 1 (always the same).
            draw: Where independent draws come from.
        """
        self._correlation = correlation
        self._draw = draw
        self._last = draw()

    def next(self) -> float:
        """The next draw."""
        self._last = self._correlation * self._last + (1 - self._correlation) * self._draw()
        return self._last


class Delay:
    """Every segment arrives later, by `latency_s` plus or minus up to `jitter_s`."""

    def __init__(self, latency_s: float, jitter_s: float = 0.0, correlation: float = 0.0) -> None:
        """Take the seconds, and how much each jitter takes after the last, from 0 to 1."""
        self.latency_s = latency_s
        self.jitter_s = jitter_s
        self._draws = Correlated(correlation)

    def hold_s(self, size_bytes: int, now_s: float) -> float:  # noqa: ARG002 - the same for all
        """Seconds of delay, drawn anew for each segment."""
        if not self.jitter_s:
            return self.latency_s
        # The uniform distribution, netem's own when it is given no table.
        drawn = self.jitter_s * (2 * self._draws.next() - 1)
        return max(0.0, self.latency_s + drawn)


@dataclass(frozen=True, slots=True)
class Partition:
    """No segment arrives; nothing is refused either."""

    def hold_s(self, size_bytes: int, now_s: float) -> float:  # noqa: ARG002 - the same for all
        """Infinity: held until the partition is lifted."""
        return math.inf


class Loss:
    """Each segment is lost with a chance of `probability`, and TCP sends it again.

    To the two programs a lost segment is a late one: TCP repeats it after its
    retransmission time-out, which doubles with each loss in a row (RFC 6298).
    """

    def __init__(self, probability: float, correlation: float = 0.0) -> None:
        """Take the chance, and how much each draw takes after the last, both from 0 to 1."""
        self.probability = probability
        self._draws = Correlated(correlation)

    def hold_s(self, size_bytes: int, now_s: float) -> float:  # noqa: ARG002 - the same for all
        """Seconds until a transmission gets through; infinity when TCP would give up."""
        held_s, timeout_s = 0.0, _FIRST_RETRANSMISSION_S
        for _ in range(_RETRANSMISSIONS + 1):
            if self._draws.next() >= self.probability:
                return held_s
            held_s += timeout_s
            timeout_s = min(2 * timeout_s, _LAST_RETRANSMISSION_S)
        return math.inf


class Bandwidth:
    """Bytes pass at a rate, after a burst: a token bucket.

    What waits for tokens is queued; the sender of a longer queue is paused, which is what the
    drops of a full queue amount to under TCP.
    https://man7.org/linux/man-pages/man8/tc-tbf.8.html
    """

    def __init__(self, rate_per_s: float, burst_bytes: float) -> None:
        """Begin with a full bucket.

        Args:
            rate_per_s: Bytes a second, above 0.
            burst_bytes: How many pass at once after a pause.
        """
        self.rate_per_s = rate_per_s
        self.burst_bytes = burst_bytes
        self._tokens = burst_bytes
        self._counted_s = -math.inf

    def hold_s(self, size_bytes: int, now_s: float) -> float:
        """Seconds until the bucket has paid for these bytes and for all before them."""
        earned = (now_s - self._counted_s) * self.rate_per_s
        self._tokens = min(self.burst_bytes, self._tokens + earned) - size_bytes
        self._counted_s = now_s
        return max(0.0, -self._tokens / self.rate_per_s)


@dataclass(frozen=True, slots=True)
class Combined:
    """Several faults at once: what they hold adds up."""

    parts: tuple[Fault, ...]

    def hold_s(self, size_bytes: int, now_s: float) -> float:
        """The sum of what the parts hold these bytes."""
        return sum(part.hold_s(size_bytes, now_s) for part in self.parts)
