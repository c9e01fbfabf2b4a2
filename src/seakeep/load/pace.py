"""Closed-loop pacing: users that together make a promised number of requests per second."""

from __future__ import annotations

from time import perf_counter
from weakref import WeakKeyDictionary

__all__ = ["Pace"]

_GOLDEN_RATIO = 0.6180339887498949
"""Its multiples, modulo 1, spread evenly for any number of users."""


class Pace:
    """Gives each user its share of a rate.

    Each user keeps to a timetable: its n-th start is due n periods after its first, so that neither
    the length of a request nor a late wake-up lowers the rate. A user who is late starts at once
    and takes up a new timetable; the missed starts are not made up for.
    """

    def __init__(self) -> None:
        """Start with one request per user and second, until `set` is called."""
        self.period_s = 1.0
        self._seated = 0
        self._due: WeakKeyDictionary[object, float] = WeakKeyDictionary()

    def set(self, rate_per_s: float, users: int) -> None:
        """Share a rate, in requests per second, among a number of users."""
        self.period_s = max(1, users) / rate_per_s

    def wait_s(self, user: object) -> float:
        """Return how long this user waits before its next start, in seconds."""
        now = perf_counter()
        due = self._due.get(user)
        due = now + self._first_wait_s() if due is None else due + self.period_s
        due = max(due, now)
        self._due[user] = due
        return due - now

    def _first_wait_s(self) -> float:
        """Spread users who were spawned together over one period."""
        self._seated += 1
        return self.period_s * (self._seated * _GOLDEN_RATIO % 1.0)
