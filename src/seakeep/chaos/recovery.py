"""Cleans up after a crash or a power cut: what the ledger holds, then what carries our label."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from seakeep.chaos.cluster import Cluster
from seakeep.chaos.ledger import Entry, Ledger
from seakeep.chaos.undo import DeleteObject
from seakeep.errors import FaultError, RollbackError

__all__ = ["NAMESPACE", "Recovered", "recover"]

NAMESPACE = "SEAKEEP_NAMESPACE"
"""The environment variable that names the namespace to experiment in."""

_DEADLINE_S = 20.0


@dataclass(frozen=True, slots=True)
class Recovered:
    """One fault that was found, and what became of it.

    Attributes:
        fault: The fault, for people.
        experiment: Its experiment; empty when only an object with our label was found.
        proven: Whether it is proven gone.
        message: What was done, or why it could not be.
    """

    fault: str
    experiment: str
    proven: bool
    message: str

    def __str__(self) -> str:
        whose = f"{self.experiment}: " if self.experiment else ""
        return f"{whose}{self.fault}: {'' if self.proven else 'STILL THERE? '}{self.message}"


def recover(home: Path) -> tuple[Recovered, ...]:
    """Undo every open entry of the ledger, then delete what else carries our label.

    Does no harm when repeated; returns nothing when there is nothing to do. The label is looked
    for in the namespaces of the entries, and in the one the environment names.

    Args:
        home: The folder that holds the ledger.

    Raises:
        StoreError: The ledger can't be read.
    """
    ledger = Ledger(home)
    entries = ledger.open_entries()
    return (*_undo_entries(ledger, entries), *_sweep(entries))


def _undo_entries(ledger: Ledger, entries: Iterable[Entry]) -> Iterator[Recovered]:
    for entry in entries:
        try:
            cluster = Cluster(Path(entry.kubeconfig) if entry.kubeconfig else None)
            was_there = not entry.undo.is_done(cluster)
            entry.undo.carry_out(cluster, _DEADLINE_S)
        except FaultError as error:
            yield Recovered(entry.fault, entry.experiment, False, str(error))
            continue
        ledger.close(entry)
        message = "undone" if was_there else "was gone already"
        yield Recovered(entry.fault, entry.experiment, True, message)


def _sweep(entries: Iterable[Entry]) -> Iterator[Recovered]:
    places = {(entry.kubeconfig, entry.undo.namespace) for entry in entries}
    if os.environ.get(NAMESPACE):
        kubeconfig = os.environ.get("KUBECONFIG", "")
        absolute = str(Path(kubeconfig).absolute()) if kubeconfig else ""
        places.add((absolute, os.environ[NAMESPACE]))
    for kubeconfig, namespace in sorted(places):
        yield from _sweep_namespace(Path(kubeconfig) if kubeconfig else None, namespace)


def _sweep_namespace(kubeconfig: Path | None, namespace: str) -> Iterator[Recovered]:
    try:
        cluster = Cluster(kubeconfig)
        refs = cluster.ours(namespace)
    except FaultError as error:
        yield Recovered(f"leftovers in {namespace}", "", False, str(error))
        return
    for ref in refs:
        try:
            DeleteObject(ref.plural, ref.namespace, ref.name).carry_out(cluster, _DEADLINE_S)
        except RollbackError as error:
            yield Recovered(str(ref), "", False, str(error))
        else:
            yield Recovered(str(ref), "", True, "deleted")
