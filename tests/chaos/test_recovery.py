from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.toxiproxy.server import Toxic, Toxiproxy
from seakeep.chaos.undo import recovery
from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.recovery import looked_at, recover
from seakeep.chaos.undo.undo import DeleteObject
from seakeep.errors import StoreError

from .api_server import ApiServer, serving, write_kubeconfig
from .conftest import Harness
from .test_ledger import ORIGIN, UNDO


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.delenv("SEAKEEP_NAMESPACE", raising=False)
    monkeypatch.setattr(recovery, "_DEADLINE_S", 0.1)
    with serving() as server:
        yield server


@pytest.fixture
def other() -> Iterator[ApiServer]:
    with serving() as server:
        yield server


def opened(home: Path, kubeconfig: Path, name: str = "slow") -> Entry:
    undo = DeleteObject("networkchaos", "ns", name)
    return Ledger(home).open(ORIGIN, f"latency {name}", undo, Cluster(kubeconfig).place)


def test_a_cluster_without_chaos_mesh_proves_no_recovery(api: ApiServer, tmp_path: Path) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url)
    entry = opened(tmp_path, kubeconfig)
    api.chaos_mesh = False
    (recovered,) = recover(tmp_path)
    assert not recovered.proven
    assert f"{api.url} knows no networkchaos.chaos-mesh.org" in recovered.message
    assert f"gone for good, delete {tmp_path / 'ledger' / entry.id}.json" in recovered.message

    api.chaos_mesh = True
    assert [found.proven for found in recover(tmp_path)] == [True]


def test_a_fault_is_undone_where_it_was_made_though_the_context_was_switched(
    api: ApiServer, other: ApiServer, tmp_path: Path
) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url, other.url)
    opened(tmp_path, kubeconfig)
    api.objects.add("slow")
    write_kubeconfig(kubeconfig, api.url, other.url, current=1)
    assert [str(found) for found in recover(tmp_path)] == ["network-latency: latency slow: undone"]
    assert api.objects == set()


def test_another_cluster_of_the_same_context_proves_no_recovery(
    api: ApiServer, other: ApiServer, tmp_path: Path
) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url)
    opened(tmp_path, kubeconfig)
    write_kubeconfig(kubeconfig, other.url)
    recovered = recover(tmp_path)
    assert not any(found.proven for found in recovered)
    assert f"leads to {other.url} now; wanted {api.url}" in recovered[0].message
    assert len(Ledger(tmp_path).open_entries()) == 1


@pytest.mark.parametrize("text", ["{}", "[]", "{", '{"undo": null}', "\x00"])
def test_an_unreadable_entry_keeps_nothing_else_from_being_undone(
    api: ApiServer, tmp_path: Path, text: str
) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url)
    opened(tmp_path, kubeconfig)
    api.objects |= {"slow", "leftover"}
    (tmp_path / "ledger" / "0.json").write_text(text)

    unknown, *others = recover(tmp_path)

    assert not unknown.proven
    assert str(unknown).startswith("an unknown fault: STILL THERE? ")
    assert str(tmp_path / "ledger" / "0.json") in unknown.message
    assert [found.message for found in others] == ["undone", "deleted"]
    assert api.objects == set()


def test_an_entry_that_cannot_be_closed_keeps_no_other_from_being_undone(
    api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url)
    for name in ("one", "two"):
        opened(tmp_path, kubeconfig, name)
        api.objects.add(name)

    def full(*_: object) -> None:
        raise StoreError("no space left")

    monkeypatch.setattr(Ledger, "close", full)
    recovered = recover(tmp_path)
    assert [found.proven for found in recovered] == [False, False]
    assert str(recovered[0]) == "network-latency: latency one: undone, but no space left"
    assert api.objects == set()


def test_what_was_looked_at_is_told(
    api: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kubeconfig = write_kubeconfig(tmp_path / "kubeconfig", api.url)
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
    assert "no cluster was asked: set KUBECONFIG and SEAKEEP_NAMESPACE" in looked_at(tmp_path)
    monkeypatch.setenv("SEAKEEP_NAMESPACE", "ns")
    assert recover(tmp_path) == ()
    assert looked_at(tmp_path) == (
        f"the ledger {tmp_path / 'ledger'} holds no open fault; "
        f"nothing in ns of {api.url} carries our label"
    )


def test_an_undo_without_its_fields_is_no_undo(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    entry = ledger.open(ORIGIN, "100 ms latency", UNDO)
    file = ledger.file_of(entry)
    file.write_text(file.read_text().replace('"slow"', "null"))
    with pytest.raises(StoreError, match="wanted texts in it"):
        ledger.open_entries()


def test_an_entry_of_the_time_before_clusters_were_noted_can_be_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    entry = ledger.open(ORIGIN, "100 ms latency", UNDO)
    body = json.loads(ledger.file_of(entry).read_text())
    del body["context"], body["server"]
    ledger.file_of(entry).write_text(json.dumps(body))
    assert ledger.open_entries() == (entry,)


def test_a_toxic_that_was_left_is_swept_by_its_name(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = harness.sandbox.toxiproxy_url
    monkeypatch.setenv("SEAKEEP_TOXIPROXY_URL", url)
    Toxiproxy(url).add("edge", Toxic("seakeep-left", "latency", attributes={"latency": 1}))

    (swept,) = recover(harness.home)

    assert (swept.fault, swept.proven) == ("toxic seakeep-left on proxy edge", True)
    assert recover(harness.home) == ()
    assert f"the Toxiproxy {url} has no toxic with our name" in looked_at(harness.home)
