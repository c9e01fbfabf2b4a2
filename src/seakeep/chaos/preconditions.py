"""Each precondition looks at the situation, and tells what speaks against starting now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from seakeep.chaos.faults import Injection
from seakeep.chaos.ledger import Ledger
from seakeep.chaos.plan import Plan
from seakeep.chaos.reach import Reach
from seakeep.store import Store

__all__ = ["PRECONDITIONS", "Precondition", "Situation"]


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is before anything is broken.

    Attributes:
        plan: What is about to happen.
        reach: The way to where it will.
        ledger: What was not undone.
        store: What was seen.
        injections: What would be injected, as of now.
        now: The moment (UTC).
    """

    plan: Plan
    reach: Reach
    ledger: Ledger
    store: Store
    injections: tuple[Injection, ...]
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


Precondition = Callable[[Situation], Iterator[str]]


def _nothing_open(situation: Situation) -> Iterator[str]:
    for entry in situation.ledger.open_entries()[:1]:
        yield (f"{entry.fault} (run {entry.run_id}) was never undone; run `seakeep recover` first")


def _no_leftovers(situation: Situation) -> Iterator[str]:
    namespaces = {injection.undo.namespace for injection in situation.injections} - {""}
    for namespace in sorted(namespaces):
        for ref in situation.reach.cluster.ours(namespace)[:1]:
            yield f"{ref} is in place; run `seakeep recover` first"


PRECONDITIONS: tuple[Precondition, ...] = (_nothing_open, _no_leftovers)
"""All of them, cheapest first."""
