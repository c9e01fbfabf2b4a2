"""Cleans up after a crash or a power cut: what the ledger holds, then what carries our label."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from seakeep import environment
from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.kubernetes.connection import Place
from seakeep.chaos.toxiproxy.sweep import sweep
from seakeep.chaos.undo.aftermath import record_end
from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.run_note import RunNotes
from seakeep.chaos.undo.undo import DeleteObject
from seakeep.chaos.undo.undoing import Undoing
from seakeep.errors import FaultError, RollbackError, SeakeepError

__all__ = ["NAMESPACE", "Recovered", "looked_at", "recover"]

NAMESPACE = "SEAKEEP_NAMESPACE"
"""The environment variable that names the namespace to experiment in."""

_DEADLINE_S = 20.0
_UNREADABLE = "; make sure that nothing is left of what it stands for, then delete it"


@dataclass(frozen=True, slots=True)
class Recovered:
    """One fault that was found, and what became of it.

    Attributes:
        fault: The fault, for people.
        experiment: Its experiment; empty when that is not known.
        proven: Whether it is proven gone, and that is noted.
        message: What was done, or why it could not be.
        gone: Whether it is proven gone, at least.
    """

    fault: str
    experiment: str
    proven: bool
    message: str
    gone: bool = False

    def __str__(self) -> str:
        whose = f"{self.experiment}: " if self.experiment else ""
        doubt = "" if self.proven or self.gone else "STILL THERE? "
        return f"{whose}{self.fault}: {doubt}{self.message}"


def recover(home: Path, environ: Mapping[str, str] | None = None) -> tuple[Recovered, ...]:
    """Undo every open entry of the ledger, then delete what else carries our label or name.

    Does no harm when repeated; returns nothing when there is nothing to do, whereof `looked_at`
    tells how much that means. The label is looked for in the namespaces of the entries, and in
    the one the environment names; the name in the Toxiproxy that it names. Runs that were killed
    before they could record their end are recorded.

    Args:
        home: The folder that holds the ledger.
        environ: The environment; by default that of this process.
    """
    ledger = Ledger(home)
    entries, unreadable = ledger.scan()
    environ = os.environ if environ is None else environ
    named = _named_place(environ)
    recovered = (
        *(
            Recovered("an unknown fault", "", False, f"{error}{_UNREADABLE}")
            for error in unreadable
        ),
        *(_undo(ledger, entry) for entry in entries),
        *_sweep({(e.place, e.undo.namespace) for e in entries if e.undo.namespace} | named),
        *_sweep_toxics(environ.get(environment.TOXIPROXY)),
    )
    return (*recovered, *_record_ends(home))


def _record_ends(home: Path) -> Iterator[Recovered]:
    """Record the runs that were killed before they could; one that is under way is not over."""
    for note in RunNotes(home).all():
        if note.harness_lives:
            continue
        what = f"the run {note.run_id}"
        try:
            result = record_end(home, note, "the harness and its supervisor died")
        except SeakeepError as error:
            yield Recovered(what, note.experiment, False, f"not recorded: {error}", gone=True)
        else:
            if result is not None:
                yield Recovered(what, note.experiment, True, f"recorded as {result.status.value}")


def looked_at(home: Path, environ: Mapping[str, str] | None = None) -> str:
    """Return what `recover` looked at when it found nothing, for people: how sure that is."""
    environ = os.environ if environ is None else environ
    told = [f"the ledger {Ledger(home).folder} holds no open fault"]
    for place, namespace in _named_place(environ):
        server = Cluster.at(place).place.server
        told.append(f"nothing in {namespace} of {server} carries our label")
    if len(told) == 1:
        told.append(f"no cluster was asked: set KUBECONFIG and {NAMESPACE} to look for our label")
    if url := environ.get(environment.TOXIPROXY):
        told.append(f"the Toxiproxy {url} has no toxic with our name")
    return "; ".join(told)


def _named_place(environ: Mapping[str, str]) -> set[tuple[Place, str]]:
    namespace, kubeconfig = environ.get(NAMESPACE), environ.get("KUBECONFIG", "")
    file = str(Path(kubeconfig).absolute()) if kubeconfig else ""
    return {(Place(file), namespace)} if namespace else set()


def _undo(ledger: Ledger, entry: Entry) -> Recovered:
    """Undo one entry; whatever goes wrong is said, and keeps no other from being undone."""
    (undone,) = Undoing(ledger).undo([entry], close=True, deadlines_s={entry.id: _DEADLINE_S})
    message = undone.message
    if not undone.gone:
        message += f"; if that cluster is gone for good, delete {ledger.file_of(entry)}"
    return Recovered(entry.fault, entry.experiment, undone.noted, message, gone=undone.gone)


def _sweep(places: Iterable[tuple[Place, str]]) -> Iterator[Recovered]:
    """Delete what carries our label, in each namespace once."""
    swept = set()
    for place, namespace in sorted(places):
        try:
            cluster = Cluster.at(place)
            where = (cluster.place.server, namespace)
            if where not in swept:
                swept.add(where)
                yield from _sweep_namespace(cluster, namespace)
        except FaultError as error:
            yield Recovered(f"leftovers in {namespace}", "", False, str(error))


def _sweep_toxics(url: str | None) -> Iterator[Recovered]:
    """Remove what carries our name from the Toxiproxy that the environment names."""
    if not url:
        return
    try:
        for swept in sweep(url):
            yield Recovered(str(swept), "", swept.proven, swept.error or "removed")
    except SeakeepError as error:
        yield Recovered(f"leftovers in the Toxiproxy {url}", "", False, str(error))


def _sweep_namespace(cluster: Cluster, namespace: str) -> Iterator[Recovered]:
    for ref in cluster.ours(namespace):
        try:
            undo = DeleteObject(ref.plural, ref.namespace, ref.name)
            undo.carry_out(Reach(cluster=cluster), _DEADLINE_S)
        except RollbackError as error:
            yield Recovered(str(ref), "", False, str(error))
        else:
            yield Recovered(str(ref), "", True, "deleted")
