"""Moments at which too little of something was left."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from seakeep.probes.fitness.exchange import NO_ANSWER, TICK_S, Exchange

__all__ = ["Shortage", "ShortageLog"]

_KEPT = 1_000


class Shortage(NamedTuple):
    """So much was left at a moment of `time.perf_counter`, of so much in all."""

    at_s: float
    left: int
    limit: int


class ShortageLog:
    """Keeps shortages, and finds the worst one of an exchange that got no answer."""

    def __init__(self) -> None:
        self._shortages: deque[Shortage] = deque(maxlen=_KEPT)

    def add(self, at_s: float, left: int, limit: int) -> None:
        """Note a shortage, later than all before."""
        self._shortages.append(Shortage(at_s, left, limit))

    def worst(self, seen: Exchange) -> Shortage | None:
        """Return the worst shortage of an exchange; ``None`` when it had an answer to judge."""
        if not self._shortages or seen.cause not in NO_ANSWER:
            return None
        worst: Shortage | None = None
        for shortage in reversed(self._shortages):
            if shortage.at_s + TICK_S < seen.began_s:
                break
            if shortage.at_s <= seen.ended_s + TICK_S and (not worst or shortage.left < worst.left):
                worst = shortage
        return worst
