"""The hard ceiling on the rate of requests: ``limits.max_rate`` of the platform."""

from __future__ import annotations

__all__ = ["Ceiling"]

_BURST_S = 0.1
"""So much of a second's requests may come at once."""


class Ceiling:
    """Tells each request how long it must be held back.

    The generic cell rate algorithm (ITU-T I.371, annex A): each request moves the theoretical time
    of the next one on, and none may come earlier than that by more than the tolerance.
    """

    def __init__(self, rate_per_s: float = float("inf")) -> None:
        """Allow so many requests per second; by default any number."""
        self._held_back = 0
        self._interval_s = 1.0 / rate_per_s
        self._next_s = 0.0

    def set_rate(self, rate_per_s: float) -> None:
        """Allow so many requests per second from here on."""
        self._interval_s = 1.0 / rate_per_s

    def wait_s(self, now_s: float) -> float:
        """Take a place for a request, and return how long it is until then, in seconds.

        Args:
            now_s: The moment, of a clock that never goes back.
        """
        place_s = max(self._next_s, now_s - _BURST_S)
        self._next_s = place_s + self._interval_s
        wait_s = place_s - now_s
        if wait_s <= 0:
            return 0.0
        self._held_back += 1
        return wait_s

    def take_held_back(self) -> int:
        """Return how many requests had to wait since this was last asked."""
        count, self._held_back = self._held_back, 0
        return count
