"""Which process takes which arrival, while processes come and go.

There is one sequence of arrivals for the whole run, and every process knows it. In an *epoch* of n
processes the i-th takes the arrivals whose number leaves i when divided by n. A new epoch is
announced a little before it begins: whoever is told in time agrees on every arrival, so that none
is made twice and none is forgotten.
"""

from __future__ import annotations

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
    """

    def __init__(self, times: Iterator[float | None], split: Split) -> None:
        """Share a sequence.

        Args:
            times: When arrivals are due, in seconds of the run, ascending; ``None`` for "not known
                yet", after which it may be asked again.
            split: Which of them are this process's own.
        """
        self.over = False
        self._times = times
        self._split = split
        self._number = 0
        self._next_s: float | None = None

    def until(self, at_s: float) -> list[float]:
        """Return the own arrivals that are due until then and were not returned before."""
        own: list[float] = []
        while not self.over:
            if self._next_s is None:
                try:
                    self._next_s = next(self._times)
                except StopIteration:
                    self.over = True
                    break
            if self._next_s is None or self._next_s > at_s:
                break
            if self._split.takes(self._number, self._next_s):
                own.append(self._next_s)
            self._number += 1
            self._next_s = None
        return own
