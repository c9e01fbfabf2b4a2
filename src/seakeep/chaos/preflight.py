"""What must be true before anything is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chaoslib import substitute  # type: ignore[import-untyped]

from seakeep.chaos import actions
from seakeep.chaos.faults import Fault, Injection
from seakeep.chaos.ledger import Ledger
from seakeep.chaos.plan import Plan
from seakeep.chaos.preconditions import PRECONDITIONS, Situation
from seakeep.chaos.reach import Reach
from seakeep.errors import RefusedError
from seakeep.store import Store

__all__ = ["planned_faults", "refuse_unless_safe"]

Document = Mapping[str, Any]


def planned_faults(experiment: Document, configuration: Document | None) -> tuple[Fault, ...]:
    """Return the faults that an experiment's method will inject through our actions.

    Raises:
        UsageError: The arguments of one make no fault.
        RefusedError: It injects none, so that the guard would have nothing to prove.
    """
    faults = []
    for activity in experiment.get("method", ()):
        provider = activity.get("provider", {})
        if provider.get("module") != actions.__name__ or activity.get("type") != "action":
            continue
        make = actions.FAULTS.get(provider.get("func"))
        if make is not None:
            faults.append(make(**substitute(provider.get("arguments", {}), configuration, {})))
    if not faults:
        raise RefusedError(
            f"the method injects no fault of {actions.__name__} "
            f"({', '.join(sorted(actions.FAULTS))}); wanted one that can be proven and undone"
        )
    return tuple(faults)


def refuse_unless_safe(
    plan: Plan, reach: Reach, ledger: Ledger, store: Store, faults: Sequence[Fault]
) -> None:
    """Return when every precondition is met.

    Raises:
        RefusedError: Some are not; all of them are told.
        FaultError: The cluster does not answer.
        StoreError: The store or the ledger can't be read.
    """
    injections, reasons = _prepared(plan, reach, faults)
    situation = Situation(plan, reach, ledger, store, injections)
    reasons += [reason for precondition in PRECONDITIONS for reason in precondition(situation)]
    if reasons:
        raise RefusedError("; ".join(dict.fromkeys(reasons)))


def _prepared(
    plan: Plan, reach: Reach, faults: Sequence[Fault]
) -> tuple[tuple[Injection, ...], list[str]]:
    """Return what would be injected now, and why some of it can't be."""
    injections, reasons = [], []
    for fault in faults:
        try:
            injections.append(fault.prepare(reach, plan.origin))
        except RefusedError as error:
            reasons.append(str(error))
    return tuple(injections), reasons
