"""Requests without an answer yet: who waits longer than any limit allows has failed already."""

from __future__ import annotations

from collections.abc import Iterable
from time import perf_counter

__all__ = ["UnderWay"]


class UnderWay:
    """Since when each user waits for an answer; one request each."""

    def __init__(self, limits_s: Iterable[float] = ()) -> None:
        """Count by the longest of the objectives' limits on durations, in seconds, if there is any.

        A request that is past all limits is bad for every objective that has one.
        """
        self._limit_s = max(limits_s, default=None)
        self._since: dict[object, float] = {}

    def begin(self, user: object, intended_at: float) -> None:
        """Note that a user asks.

        Args:
            user: Who.
            intended_at: The moment of `perf_counter` at which the request was meant to start.
        """
        self._since[user] = intended_at

    def end(self, user: object) -> None:
        """Note that a user has its answer, or will not get one."""
        self._since.pop(user, None)

    def hanging(self) -> int:
        """Return how many wait longer than the longest limit; none where there is no limit."""
        if self._limit_s is None:
            return 0
        before = perf_counter() - self._limit_s
        return sum(since < before for since in self._since.values())
