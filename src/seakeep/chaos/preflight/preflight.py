"""What must be true before anything is broken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chaoslib import substitute  # type: ignore[import-untyped]

from seakeep.chaos import actions
from seakeep.chaos.faults.fault import Fault, Injection
from seakeep.chaos.kubernetes.answer import ForbiddenError
from seakeep.chaos.plan import Plan
from seakeep.chaos.preflight.mistakes import Document, refuse_mistakes
from seakeep.chaos.preflight.preconditions import PRECONDITIONS, Situation
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import FaultError, RefusedError, UsageError
from seakeep.store import Store

__all__ = ["planned_faults", "refuse_unless_safe"]


def planned_faults(experiment: Document, configuration: Document | None) -> tuple[Fault, ...]:
    """Return the faults that an experiment's method will inject through our actions.

    Raises:
        UsageError: Its file will not do what it says, or the arguments of one make no fault.
        RefusedError: It injects none, so that the guard would have nothing to prove.
    """
    refuse_mistakes(experiment, configuration)
    faults = tuple(_planned(experiment, configuration))
    if not faults:
        raise RefusedError(
            f"the method injects no fault of {actions.__name__} "
            f"({', '.join(sorted(actions.FAULTS))}); wanted one that can be proven and undone"
        )
    return faults


def refuse_unless_safe(
    plan: Plan, reach: Reach, ledger: Ledger, store: Store, faults: Sequence[Fault]
) -> None:
    """Return when every precondition is met.

    Raises:
        RefusedError: Some are not; all of them are told.
        FaultError: The cluster does not answer, and nothing else speaks against it.
        StoreError: The store or the ledger can't be read.
    """
    injections, reasons, errors = _prepared(plan, reach, faults)
    situation = Situation(plan, reach, ledger, store, injections, tuple(faults))
    for precondition in PRECONDITIONS:
        try:
            reasons += precondition(situation)
        except ForbiddenError as error:  # of which `rights_granted` has more to tell
            errors.append(error)
        except FaultError as error:
            errors.append(error)
            break  # those that follow would ask the same cluster in vain
    if reasons:
        unforeseen = [str(error) for error in errors if not isinstance(error, ForbiddenError)]
        raise RefusedError("; ".join(dict.fromkeys([*reasons, *unforeseen])))
    if errors:
        raise errors[0]


def _prepared(
    plan: Plan, reach: Reach, faults: Sequence[Fault]
) -> tuple[tuple[Injection, ...], list[str], list[FaultError]]:
    """Return what would be injected now, and why some of it can't be."""
    injections: list[Injection] = []
    reasons: list[str] = []
    errors: list[FaultError] = []
    for fault in faults:
        try:
            injections.append(fault.prepare(reach, plan.origin))
        except RefusedError as error:
            reasons.append(str(error))
        except FaultError as error:
            errors.append(error)
    return tuple(injections), reasons, errors


def _planned(experiment: Document, configuration: Document | None) -> Iterator[Fault]:
    for activity in experiment.get("method") or ():
        provider = activity.get("provider", {})
        make = actions.FAULTS.get(provider.get("func"))
        if provider.get("module") != actions.__name__ or make is None:
            continue
        arguments = substitute(provider.get("arguments", {}), configuration, {})
        try:
            yield make(**arguments)
        except (TypeError, ValueError) as error:
            raise UsageError(f"method: {provider['func']}: {error}") from error
