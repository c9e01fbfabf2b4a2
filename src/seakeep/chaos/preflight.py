"""What must be true before anything is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chaoslib import substitute  # type: ignore[import-untyped]

from seakeep.chaos import actions
from seakeep.chaos.cluster import Cluster
from seakeep.chaos.faults import Fault
from seakeep.chaos.ledger import Ledger
from seakeep.chaos.plan import Plan
from seakeep.errors import RefusedError

__all__ = ["planned_faults", "refuse_unless_clean"]

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


def refuse_unless_clean(
    plan: Plan, cluster: Cluster, ledger: Ledger, faults: Sequence[Fault]
) -> None:
    """Return when nothing is left of an earlier fault, and each new one may be injected.

    Raises:
        RefusedError: It may not.
        FaultError: The cluster does not answer.
        StoreError: The ledger can't be read.
    """
    entries = ledger.open_entries()
    if entries:
        raise RefusedError(
            f"{entries[0].fault} (run {entries[0].run_id}) was never undone; "
            "run `seakeep recover` first"
        )
    for fault in faults:
        undo = fault.prepare(cluster, plan.origin).undo
        leftovers = cluster.ours(undo.namespace)
        if leftovers:
            raise RefusedError(f"{leftovers[0]} is in place; run `seakeep recover` first")
