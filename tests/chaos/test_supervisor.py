from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil
import pytest

from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.kubernetes.connection import Place
from seakeep.chaos.undo import supervision as supervisions
from seakeep.chaos.undo import supervisor as supervisors
from seakeep.chaos.undo.ledger import Entry, Ledger
from seakeep.chaos.undo.supervision import Supervision
from seakeep.chaos.undo.supervisor import Supervisor
from seakeep.chaos.undo.undoing import Undone

from .api_server import serving, write_kubeconfig
from .test_ledger import ORIGIN, UNDO

LONG_AGO = "2000-01-01T00:00:00+00:00"


class Here:
    """Undoes whatever it is asked to, and remembers that."""

    def __init__(self) -> None:
        self.undone: list[str] = []

    def undo(
        self,
        entries: Sequence[Entry],
        *,
        close: bool,
        deadlines_s: Mapping[str, float],  # noqa: ARG002
    ) -> tuple[Undone, ...]:
        self.undone += [entry.fault for entry in entries]
        return tuple(Undone(entry.id, True, close, "undone here") for entry in entries)


def test_the_harness_undoes_what_its_supervisor_has_no_way_to_and_when_that_one_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisions, "_PROMPT_S", 0.3)
    gone = Place(str(tmp_path / "a-kubeconfig-that-was-removed"))
    entry = Ledger(tmp_path).open(ORIGIN, "latency", UNDO, gone)
    here = Here()
    supervision = Supervision(tmp_path, ORIGIN, LONG_AGO, here)
    supervised = psutil.Process(supervision.pid)
    try:
        supervision.confirm()
        (undone,) = supervision.undo([entry], close=True, deadlines_s={entry.id: 20.0})
        assert (undone.gone, undone.message) == (True, "undone here")

        supervised.suspend()
        began = time.monotonic()
        supervision.undo([entry], close=True, deadlines_s={entry.id: 20.0})
        assert time.monotonic() - began < 3
        assert here.undone == ["latency", "latency"]
    finally:
        supervised.resume()
        supervision.release(done=True)
    assert not supervised.is_running()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is nobody's harness, and sleeps."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        yield process
        process.kill()


def test_a_harness_that_is_dead_is_noticed_though_a_fork_of_it_keeps_the_pipe_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stranger: subprocess.Popen[bytes]
) -> None:
    """And whoever has its number by now is left alone."""
    monkeypatch.setattr(supervisors, "HANG_S", 0.05)
    monkeypatch.setattr(supervisors, "_KILL_S", 0.05)
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe, os.fdopen(writing, "w"):
        monkeypatch.setattr(sys, "stdin", pipe)
        Supervisor(tmp_path, ORIGIN, LONG_AGO, stranger.pid).watch()
    assert stranger.poll() is None


def test_a_call_that_arrives_long_after_its_harness_died_is_undone_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisors, "_ARRIVAL_S", 1.6)
    with serving() as api, ThreadPoolExecutor(1) as dead_harness:
        place = Cluster(write_kubeconfig(tmp_path / "kubeconfig", api.url)).place
        Ledger(tmp_path).open(ORIGIN, "latency", UNDO, place)
        api.through.clear()
        url = f"{api.url}/apis/chaos-mesh.org/v1alpha1/namespaces/ns/networkchaos"
        body = {"metadata": {"name": UNDO.name}}
        call = dead_harness.submit(httpx.post, url, json=body, trust_env=False)
        threading.Timer(0.8, api.through.set).start()

        Supervisor(tmp_path, ORIGIN, LONG_AGO, os.getppid())._take_over("the harness died")

        assert call.result().status_code == 201
        assert api.objects == set()
    assert Ledger(tmp_path).open_entries() == ()


def test_a_supervisor_that_is_told_to_end_twice_is_not_cut_short() -> None:
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(supervisors._ToldToEnd):
            supervisors._end(signal.SIGTERM, None)
        signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
