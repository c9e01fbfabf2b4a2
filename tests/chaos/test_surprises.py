"""What nobody thought of must neither leave a fault in place nor pass for a success."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from seakeep.chaos import guard, watchdog
from seakeep.chaos.guarded_run import GuardedRun
from seakeep.chaos.toolkit_command import ToolkitCommand
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import DeleteObject
from seakeep.chaos.undo.undoing import Undoing
from seakeep.chaos.watchdog import Watchdog

from .conftest import await_true
from .test_ledger import ORIGIN
from .test_session import session


def test_an_undo_that_goes_wrong_in_an_unforeseen_way_keeps_no_other_from_being_done(
    tmp_path: Path,
) -> None:
    class Cluster:
        def conditions(self, ref: DeleteObject) -> None:
            if ref.name == "odd":
                raise AttributeError("'NoneType' object has no attribute 'conditions'")

    ledger = Ledger(tmp_path)
    entries = [
        ledger.open(ORIGIN, name, DeleteObject("networkchaos", "ns", name)) for name in ("odd", "b")
    ]
    cluster: Any = Cluster()
    undoing = Undoing(ledger, lambda _: Reach(cluster=cluster))

    odd, fine = undoing.undo(entries, close=True, deadlines_s={})

    assert (odd.gone, odd.message) == (
        False,
        "AttributeError: 'NoneType' object has no attribute 'conditions'",
    )
    assert (fine.gone, fine.noted) == (True, True)
    assert [entry.fault for entry in ledger.open_entries()] == ["odd"]


def test_a_run_whose_fault_cannot_be_removed_for_a_strange_reason_is_ended_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, done = session(), list[str]()

    def remove() -> None:
        raise OSError("out of file handles")

    monkeypatch.setattr(made, "remove_faults", remove)
    monkeypatch.setattr(watchdog, "exit_gracefully", lambda: done.append("asked"))
    monkeypatch.setattr(watchdog, "_END_S", 0.0)
    Watchdog(made, lambda: done.append("forced")).start()
    made.overdue = True
    await_true(lambda: done == ["asked", "forced"], 5)


def test_an_end_that_fails_in_an_unforeseen_way_is_no_success(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def finish(_: object) -> None:
        raise ZeroDivisionError

    @click.command("run")
    @click.option("--journal-path", default="journal.json")
    def run(journal_path: str) -> None:
        made = GuardedRun(ToolkitCommand.current())
        monkeypatch.setattr(made, "finish", finish)
        monkeypatch.setattr(guard, "_runs", [made])
        with pytest.raises(ZeroDivisionError):
            guard.after_experiment_control({}, {})

    assert run.main([], prog_name="run", standalone_mode=False) == 4
