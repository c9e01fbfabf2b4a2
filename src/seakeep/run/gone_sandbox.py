"""Faults in a sandbox that is no more: they went with its pods, and the ledger is told so."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["close_entries_of_gone_sandboxes", "without_gone_sandbox"]

_WAYS = ("KUBECONFIG", "SEAKEEP_NAMESPACE", "SEAKEEP_TOXIPROXY_URL")


def close_entries_of_gone_sandboxes(home: Path) -> tuple[str, ...]:
    """Close the ledger's entries for sandboxes of this home that are gone; says which.

    A sandbox is a tree of processes on this machine that ends as a whole. An entry that names the
    home's own sandbox, at an address that no running one has, therefore stands for nothing.

    Raises:
        StoreError: An entry can't be read or written.
    """
    if not any((home / "ledger").glob("*.json")):
        return ()
    from seakeep.chaos.undo.ledger import Ledger  # noqa: PLC0415 - heavy imports, seldom needed
    from seakeep.sandbox import control  # noqa: PLC0415

    running = control.read(home)
    ledger, closed = Ledger(home), []
    for entry in ledger.open_entries():
        is_ours = entry.place.kubeconfig == str(home / "sandbox" / "kubeconfig")
        if is_ours and (running is None or entry.place.server != running.api_url):
            ledger.close(entry)
            closed.append(f"{entry.fault}: gone with the sandbox it was in")
    return tuple(closed)


def without_gone_sandbox(home: Path, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return an environment without the ways into this home's sandbox, if that is gone.

    A shell goes on to name it; there is nobody to ask whether anything is left.
    """
    named = environ.get("KUBECONFIG", "")
    if not named or Path(named).absolute() != home / "sandbox" / "kubeconfig":
        return environ
    from seakeep.sandbox import control  # noqa: PLC0415 - seldom needed

    if control.read(home) is not None:
        return environ
    return {name: value for name, value in environ.items() if name not in _WAYS}
