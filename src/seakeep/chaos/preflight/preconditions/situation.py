"""What there is before anything is broken: what every precondition looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seakeep.chaos.faults.fault import Fault, Injection
from seakeep.chaos.plan import Plan
from seakeep.chaos.preflight.targets import targets_of
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.store import Store

__all__ = ["Precondition", "Situation"]


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is before anything is broken.

    Attributes:
        plan: What is about to happen.
        reach: The way to where it will.
        ledger: What was not undone.
        store: What was seen.
        injections: What would be injected, as of now.
        faults: What the experiment's file asks for, also where it can't be injected as of now.
        now: The moment (UTC).
    """

    plan: Plan
    reach: Reach
    ledger: Ledger
    store: Store
    injections: tuple[Injection, ...]
    faults: tuple[Fault, ...] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that are experimented on; none when no cluster has a part in it."""
        asked_for = {target.namespace for target in targets_of(self.faults)}
        ready = {injection.undo.namespace for injection in self.injections}
        return tuple(sorted((asked_for | ready) - {""}))


Precondition = Callable[[Situation], Iterator[str]]
"""Tells what speaks against starting now, each reason in words; nothing when nothing does."""
