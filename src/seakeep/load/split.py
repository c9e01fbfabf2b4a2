"""Which process takes which arrival, while processes come and go.

There is one sequence of arrivals for the whole run, and every process knows it. In an *epoch* of n
processes the i-th takes the arrivals whose number leaves i when divided by n. A new epoch is
announced a little before it begins: whoever is told in time agrees on every arrival, so that none
is made twice and none is forgotten.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["ALONE", "LEAD_S", "NOBODY", "Epoch", "Share", "Split"]

LEAD_S = 1.0
"""How long before its begin an epoch is announced, in seconds."""

NOBODY = -1
"""The index of a process that takes no arrivals."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """One process's share from some moment on.

    Attributes:
        from_s: When it begins, in seconds of the run; arrivals of that moment are part of it.
        index: This process among those of the epoch, from 0; `NOBODY` when it is none of them.
        count: How many processes share the arrivals.
    """

    from_s: float
    index: int
    count: int


ALONE = Epoch(0.0, 0, 1)
"""The share of the only process."""


class Split:
    """One process's shares, in order of time."""

    def __init__(self, *epochs: Epoch) -> None:
        """Start with the epochs that are known; none means no arrivals yet."""
        self._epochs = list(epochs)

    def announce(self, epoch: Epoch) -> None:
        """Take over a share from its moment on; one of the same moment is replaced."""
        self._epochs = [known for known in self._epochs if known.from_s < epoch.from_s]
        self._epochs.append(epoch)

    def takes(self, number: int, at_s: float) -> bool:
        """Return whether an arrival is this process's own.

        Args:
            number: The arrival's number in the whole sequence.
            at_s: When it is due, in seconds of the run.
        """
        for epoch in reversed(self._epochs):
            if epoch.from_s <= at_s:
                return epoch.index == number % epoch.count
        return False


class Share:
    """One process's own arrivals, taken from the whole sequence as their time comes near.

    Attributes:
        over: Whether the sequence has come to its end.
        is_behind: Whether the latest look ended before it came to the moment it was to look to.
    """

    def __init__(self, times: Iterator[float | None], split: Split) -> None:
        """Share a sequence.

        Args:
            times: When arrivals are due, in seconds of the run, ascending; ``None`` for "not known
                yet", after which it may be asked again.
            split: Which of them are this process's own.
        """
        self.over = False
        self.is_behind = False
        self._times = times
        self._split = split
        self._number = 0
        self._next_s: float | None = None

    def until(self, at_s: float, most: int = sys.maxsize) -> list[float]:
        """Return the own arrivals that are due until then and were not returned before.

        Args:
            at_s: The moment, in seconds of the run.
            most: How many arrivals to look at, own ones and others': one who joins late has all
                those before to pass by, which takes time.
        """
        own: list[float] = []
        self.is_behind = False
        if self.over:
            return own
        takes, times = self._split.takes, self._times
        for _ in range(most):
            try:
                due_s = next(times) if self._next_s is None else self._next_s
            except StopIteration:
                self.over = True
                return own
            if due_s is None or due_s > at_s:
                self._next_s = due_s
                return own
            self._next_s = None
            if takes(self._number, due_s):
                own.append(due_s)
            self._number += 1
        self.is_behind = True
        return own
