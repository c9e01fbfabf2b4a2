from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from seakeep.chaos.faults.fault import Origin
from seakeep.chaos.kubernetes.cluster import RUN_ID_LABEL, ObjectRef
from seakeep.chaos.undo.ledger import Ledger
from seakeep.chaos.undo.recovery import recover
from seakeep.chaos.undo.undo import AwaitPods, DeleteObject, Undo
from seakeep.errors import StoreError

from .conftest import Harness

ORIGIN = Origin("network-latency", "r1")
UNDO = DeleteObject("networkchaos", "ns", "slow")


@pytest.mark.parametrize("undo", [UNDO, AwaitPods("ns", "app=web", 3, ("u1", "u2"))])
def test_an_entry_is_read_back_as_it_was_written(tmp_path: Path, undo: Undo) -> None:
    entry = Ledger(tmp_path).open(ORIGIN, "100 ms latency", undo)
    assert Ledger(tmp_path).open_entries() == (entry,)


def test_a_closed_entry_stays_on_disk_but_is_not_open(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.close(ledger.open(ORIGIN, "100 ms latency", UNDO))
    assert ledger.open_entries() == ()
    assert len(list(ledger.folder.glob("*.closed"))) == 1


def test_an_entry_and_its_name_are_on_disk_before_the_fault_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noting(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noting)
    entry = Ledger(tmp_path).open(ORIGIN, "100 ms latency", UNDO)
    folder = str(tmp_path / "ledger")
    assert synced == [f"{folder}/{entry.id}.draft", folder]


def test_a_draft_that_a_power_cut_left_is_no_entry(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.folder.mkdir()
    (ledger.folder / "x.draft").write_text('{"id": ')
    assert ledger.open_entries() == ()


def test_an_entry_that_makes_no_sense_is_an_error_not_a_clean_slate(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.folder.mkdir()
    (ledger.folder / "x.json").write_text("{}")
    with pytest.raises(StoreError, match=r"x\.json.*wanted an entry of the ledger"):
        ledger.open_entries()


def test_a_cluster_that_does_not_answer_leaves_the_entry_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = tmp_path / "nowhere"
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    ledger = Ledger(tmp_path)
    ledger.open(ORIGIN, "100 ms latency", UNDO)

    recovered = recover(tmp_path)

    assert recovered
    assert not any(found.proven for found in recovered)
    assert str(recovered[0]).startswith("network-latency: 100 ms latency: STILL THERE? can't use")
    assert "wanted KUBECONFIG to name a readable one" in recovered[0].message
    assert len(ledger.open_entries()) == 1


def test_recovery_sweeps_what_carries_our_label_and_nothing_else(harness: Harness) -> None:
    namespace = harness.sandbox.namespace
    for name, labels in (("ours", {RUN_ID_LABEL: "r0"}), ("theirs", {"team": "other"})):
        httpx.post(
            f"{harness.sandbox.api_url}/apis/chaos-mesh.org/v1alpha1"
            f"/namespaces/{namespace}/networkchaos",
            json={
                "apiVersion": "chaos-mesh.org/v1alpha1",
                "kind": "NetworkChaos",
                "metadata": {"name": name, "namespace": namespace, "labels": labels},
                "spec": {
                    "action": "delay",
                    "mode": "all",
                    "selector": {"labelSelectors": {"app": "sandbox-app"}},
                    "delay": {"latency": "1ms"},
                    "duration": "20s",
                },
            },
        ).raise_for_status()
    theirs = ObjectRef("networkchaos", namespace, "theirs")

    (recovered,) = recover(harness.home)

    assert (recovered.fault, recovered.proven) == (f"networkchaos/ours in {namespace}", True)
    assert harness.cluster.conditions(theirs) is not None
    assert recover(harness.home) == ()
    harness.cluster.delete(theirs)
