"""The processes that make a run's load, as its lead sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from seakeep.load.orders import Follower, Orders
from seakeep.load.plan import RunPlan
from seakeep.load.process import LoadProcess
from seakeep.observation import Observation

__all__ = ["Alone", "Take", "Team"]

Take = Callable[[Sequence[Observation]], None]
"""Takes what was seen."""


class Team(Protocol):
    """All that make load.

    Attributes:
        troubles: What makes the record incomplete, in words.
        losses: Who was lost during the run, in words.
    """

    troubles: list[str]
    losses: list[str]

    def prepare(self, plan: RunPlan, take: Take) -> None:
        """Forget an earlier run, and be ready for that one; ``take`` gets what will be seen."""

    def everyone(self) -> tuple[str, ...]:
        """Return all that can be told something, always in the same order."""

    def members(self) -> tuple[str, ...]:
        """Return those of them that are ready to take arrivals."""

    def is_done(self) -> bool:
        """Return whether all of them say that their schedule is over and nobody is under way."""

    def tell(self, member: str, orders: Orders) -> None:
        """Send orders; they may be lost, more will follow."""

    def finish(self) -> None:
        """Have all of them end, and wait until they have told all they saw."""

    def end(self) -> None:
        """Tell the rest, now that the users are gone."""


class Alone:
    """The team of one: this process makes the load itself."""

    def __init__(self, process: LoadProcess, follower: Follower) -> None:
        """Make the load with a process that follows the orders."""
        self.troubles: list[str] = []
        self.losses: list[str] = []
        self._process = process
        self._follower = follower

    def prepare(self, plan: RunPlan, take: Take) -> None:
        """Be ready for a run."""
        self._follower.prepare(plan.number, plan.schedule, plan.max_rate_per_s)
        self._process.prepare(plan.patience_s, take)

    def everyone(self) -> tuple[str, ...]:
        """Return this process."""
        return ("local",)

    def members(self) -> tuple[str, ...]:
        """Return this process."""
        return ("local",)

    def is_done(self) -> bool:
        """Return whether its schedule is over, and nobody is under way."""
        return self._process.is_done

    def tell(self, member: str, orders: Orders) -> None:  # noqa: ARG002 - there is only one
        """Follow the orders at once."""
        self._follower.follow(orders)

    def finish(self) -> None:
        """Make no more arrivals; Locust stops the users of this process."""
        self._process.halt()

    def end(self) -> None:
        """Tell the rest."""
        self._process.end()
