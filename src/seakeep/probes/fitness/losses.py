"""Time that the observer lost, and when that is enough to have changed an observation."""

from __future__ import annotations

import heapq
from collections import deque
from typing import NamedTuple

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness.exchange import Exchange

__all__ = ["Excess", "LossLog", "tolerated_s"]

TURNS = 8
"""How often an exchange needs the observer: look up, connect, TLS (2), send, head, body, end.

Each of those moments can wait out one stall at most, so an exchange loses no more than its eight
longest. A sum of all would call a busy observer, late by 40 ms time and again, unfit to say that
a server kept silent for five seconds.
"""

LEAST_LOSS_S = 0.005
"""A loss that is not noted: eight of them are 40 ms, less than whatever is judged below."""

LEAST_OF_FAILED_S = 0.25
"""What a failed exchange may lose in any case: a loaded machine of two cores has such moments."""

LEAST_OF_GOOD_S = 1.0
"""What a good one may lose: its outcome is true however late we were, and only its duration is off.

One second is where a delay becomes an interruption, and where objectives for latency lie:
https://www.nngroup.com/articles/response-times-3-important-limits/.
"""

LEAST_OF_SLOW_S = 0.05
"""What one that took too long may lose, where it would have been in time without the loss."""

PART = 0.5
"""Of the duration: with less of it lost, the platform had most of the time it was given."""

_KEPT = 6_000
"""Losses that are remembered: ten minutes in which every tick was late."""


class _Loss(NamedTuple):
    lost_s: float
    waited_s: float
    ended_s: float


class Excess(NamedTuple):
    """More seconds lost than an exchange can bear.

    Attributes:
        lost_s: What it lost at most.
        waited_s: What of that was a wait for a processor.
        tolerated_s: What it could have lost.
    """

    lost_s: float
    waited_s: float
    tolerated_s: float


class LossLog:
    """The stalls: stretches of `time.perf_counter` in which nothing was done, in seconds."""

    def __init__(self) -> None:
        self._losses: deque[_Loss] = deque(maxlen=_KEPT)

    def add(self, began_s: float, ended_s: float, waited_s: float = 0.0) -> None:
        """Note a stall that ends later than all before, unless it hardly was one.

        Args:
            began_s: When it began.
            ended_s: When it ended.
            waited_s: How long a processor was waited for, in it or shortly before.
        """
        lost_s = ended_s - began_s
        if lost_s >= LEAST_LOSS_S:
            self._losses.append(_Loss(lost_s, min(waited_s, lost_s), ended_s))

    def lost_s(self, began_s: float, ended_s: float) -> tuple[float, float]:
        """Return the most that one exchange of this interval can have lost, in seconds.

        Returns:
            All of it, and what of it was a wait for a processor. Where a stall lies partly within,
            so does its wait.
        """
        found: list[tuple[float, float]] = []
        for loss in reversed(self._losses):
            if loss.ended_s <= began_s:
                break
            inside_s = min(loss.ended_s, ended_s) - max(loss.ended_s - loss.lost_s, began_s)
            if inside_s > 0:
                found.append((inside_s, loss.waited_s * inside_s / loss.lost_s))
        longest = found if len(found) <= TURNS else heapq.nlargest(TURNS, found)
        return sum(lost_s for lost_s, _ in longest), sum(waited_s for _, waited_s in longest)

    def excess(self, seen: Exchange) -> Excess | None:
        """Return what an exchange lost, when that can have changed its outcome or duration."""
        bearable_s = tolerated_s(seen)
        if bearable_s is None or seen.duration_s <= bearable_s:
            return None
        lost_s, waited_s = self.lost_s(seen.began_s, seen.ended_s)
        return Excess(lost_s, waited_s, bearable_s) if lost_s > bearable_s else None


def tolerated_s(seen: Exchange) -> float | None:
    """Return the seconds that an exchange may lose and still be judged; ``None``: any number.

    A good one may lose a second, and half of its duration; one that ran out of time, 250 ms and
    half; one that took too long, what it took too long, where the limit is known.
    """
    half_s = seen.duration_s * PART
    if seen.outcome is Outcome.GOOD:
        return max(LEAST_OF_GOOD_S, half_s)
    if seen.cause == Cause.SLOW and seen.limit_s is not None:
        return max(LEAST_OF_SLOW_S, seen.duration_s - seen.limit_s)
    return max(LEAST_OF_FAILED_S, half_s) if _ran_out_of_time(seen) else None


def _ran_out_of_time(seen: Exchange) -> bool:
    if seen.cause == Cause.DNS:
        return seen.lookup is not None and seen.lookup.timed_out
    return seen.cause == Cause.SLOW or seen.cause.startswith(Cause.TIMEOUT)
