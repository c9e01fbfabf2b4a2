from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from kubernetes.config import kube_config

from seakeep.chaos.evidence import Evidence
from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.kubernetes import cluster as clusters
from seakeep.chaos.undo import ledger as ledgers
from seakeep.chaos.undo.injections import Injections
from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.undo import DeleteObject
from seakeep.errors import FaultError, RollbackError, StoreError

from .api_server import ApiServer, serving, write_kubeconfig
from .conftest import await_true
from .test_ledger import ORIGIN
from .test_observer import WallClock

NO_REASON = ""


@dataclass
class Delay:
    """A fault and its own injection: one object."""

    name: str
    least_rise_s: float = 0.0
    share: float = 1.0
    duration_s: float = 1.0
    text: str = field(init=False)
    undo: DeleteObject = field(init=False)
    KIND: ClassVar[str] = "NetworkChaos"

    def __post_init__(self) -> None:
        self.text = f"latency {self.name}"
        self.undo = DeleteObject("networkchaos", "ns", self.name)

    def prepare(self, reach: Reach, origin: Origin) -> Delay:  # noqa: ARG002
        return self

    def apply(self, reach: Reach) -> None:
        reach.cluster.create(self.undo.ref, {"kind": self.KIND, "metadata": {"name": self.name}})

    def confirm(self, reach: Reach, stopping: object) -> None:
        """There is nothing to wait for."""


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    with serving() as server:
        file = write_kubeconfig(tmp_path / "kubeconfig", server.url)
        monkeypatch.setenv("KUBECONFIG", str(file))
        # The client reads the variable once, when it is imported.
        monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(file))
        yield server


def injections(home: Path, ledger: Ledger | None = None) -> Injections:
    plan: Any = SimpleNamespace(origin=ORIGIN, recovery_timeout_s=1.0)
    return Injections(plan, Reach(), ledger or Ledger(home), Evidence("e", []))


def test_a_create_that_is_still_on_its_way_leaves_the_entry_open(
    api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clusters, "_CALL_DEADLINE_S", 0.1)
    api.through.clear()
    made = injections(tmp_path)
    with pytest.raises(FaultError, match="did not answer"):
        made.inject(Delay("slow"), lambda: NO_REASON)

    with pytest.raises(RollbackError, match=r"1 call .* still on its way.*seakeep recover"):
        made.remove()
    assert len(Ledger(tmp_path).open_entries()) == 1

    api.through.set()
    await_true(lambda: api.objects == {"slow"})
    made.remove()
    assert api.objects == set()
    assert Ledger(tmp_path).open_entries() == ()


class Interrupted(Ledger):
    def write(self, entry: Entry) -> None:
        super().write(entry)
        raise KeyboardInterrupt


def test_a_signal_just_after_the_entry_was_written_leaves_it_not_open(
    api: ApiServer, tmp_path: Path
) -> None:
    made = injections(tmp_path, Interrupted(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        made.inject(Delay("slow"), lambda: NO_REASON)
    assert len(Ledger(tmp_path).open_entries()) == 1

    made.remove()

    assert api.objects == set()
    assert Ledger(tmp_path).open_entries() == ()


def test_a_wall_clock_set_back_hides_no_entry_from_whoever_looks_for_those_of_the_run(
    api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = injections(tmp_path)
    began_at = made._evidence.timeline.at(0.0).isoformat()
    monkeypatch.setattr(WallClock, "set_by", timedelta(hours=-1))
    monkeypatch.setattr(ledgers, "datetime", WallClock)

    made.inject(Delay("slow"), lambda: NO_REASON)

    assert len(Ledger(tmp_path).entries_of(ORIGIN, began_at)) == 1
    made.remove()
    assert api.objects == set()


class FullDisk(Ledger):
    full = True

    def close(self, entry: Entry) -> None:
        if self.full:
            raise StoreError("no space left")
        super().close(entry)


def test_a_ledger_that_takes_no_note_leaves_no_other_fault_in_place(
    api: ApiServer, tmp_path: Path
) -> None:
    ledger = FullDisk(tmp_path)
    made = injections(tmp_path, ledger)
    made.inject(Delay("one"), lambda: NO_REASON)
    made.inject(Delay("two"), lambda: NO_REASON)
    assert api.objects == {"one", "two"}

    with pytest.raises(RollbackError, match=r"latency one is gone, .*no space left"):
        made.remove()
    assert api.objects == set()
    assert len(ledger.open_entries()) == 2

    ledger.full = False
    made.remove()
    assert ledger.open_entries() == ()
