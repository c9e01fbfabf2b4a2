"""The controller and the stress processes, on a cluster with no more than the store's pod."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from seakeep.sandbox.chaos_experiment import FINALIZER, Experiment
from seakeep.sandbox.chaos_mesh import RECOVERY_FAILS
from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.stressor_process import StressorProcess

from .chaos_place import Place, conditions, events, holds, on_a_cluster, pids
from .polling import gone

PAUSE = "experiment.chaos-mesh.org/pause"
FORCED = {"chaos-mesh.chaos-mesh.org/cleanFinalizer": "forced"}
CPU = {"stressors": {"cpu": {"workers": 1, "load": 80}}}
MEMORY = {"stressors": {"memory": {"workers": 1, "size": "64MB"}}}


async def load_error(pid: int, wanted: float) -> float:
    """How many points of a core a process uses more or less than wanted.

    Or than the others on the machine leave it, if that is less: the kernel tells how long it ran,
    and how long it had to wait for them (https://docs.kernel.org/scheduler/sched-stats.html).
    """

    def times_s() -> tuple[float, float]:
        ran_ns, waited_ns, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
        return int(ran_ns) / 1e9, int(waited_ns) / 1e9

    (ran_s, waited_s), began_s = times_s(), time.monotonic()
    await asyncio.sleep(1.2)
    (ran_now_s, waited_now_s), wall_s = times_s(), time.monotonic() - began_s
    reachable = min(wanted, 100 * (1 - (waited_now_s - waited_s) / wall_s))
    return 100 * (ran_now_s - ran_s) / wall_s - reachable


def test_cpu_stress_takes_its_load_from_the_pods_own_core(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        before = os.sched_getaffinity(place.container_pid)
        experiment = await place.create("stresschaos", **CPU)
        assert conditions(experiment)["AllInjected"]
        (pid,) = pids(experiment)
        cores = os.sched_getaffinity(pid)
        assert len(cores) == 1
        assert os.sched_getaffinity(place.container_pid) == cores
        found = []
        for _ in range(3):  # others may have the core for a while
            found.append(await load_error(pid, 80))
            if abs(found[-1]) < 10:
                break
        assert abs(found[-1]) < 10, found
        await place.delete(experiment)
        assert place.controller.find("stresschaos", "broken") is None
        assert gone([pid])
        assert os.sched_getaffinity(place.container_pid) == before

    on_a_cluster(tmp_path, body)


def test_memory_stress_is_resident_and_is_given_back(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        idle = StressorProcess("--memory-bytes", "4096")
        await idle.start()
        two = {"memory": {"workers": 2, "size": "64MB"}}
        experiment = await place.create("stresschaos", stressors=two)
        assert conditions(experiment)["AllInjected"]
        own = psutil.Process(idle.pid).memory_info().rss
        held = [psutil.Process(pid).memory_info().rss - own for pid in pids(experiment)]
        assert len(held) == 2
        assert sum(held) == pytest.approx(64e6, rel=0.1)
        await place.delete(experiment)
        assert experiment.status()["instances"] == {}
        await idle.end()

    on_a_cluster(tmp_path, body)


def test_memory_that_is_not_there_is_not_claimed(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        much = {"memory": {"workers": 1, "size": "900TB"}}
        experiment = await place.create("stresschaos", stressors=much)
        found = conditions(experiment)
        assert (found["Selected"], found["AllInjected"]) == (True, False)
        (record,) = experiment.status()["experiment"]["containerRecords"]
        assert record["phase"] == "Not Injected"
        assert "900000000000000 bytes of memory wanted" in record["events"][0]["message"]
        assert pids(experiment) == []

    on_a_cluster(tmp_path, body)


def test_a_stressor_that_dies_is_told_and_started_again(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        seen: list[bool] = []
        place.controller.listeners.append(
            lambda _, found: seen.append(conditions(found)["AllInjected"])
        )
        experiment = await place.create("stresschaos", **MEMORY)
        (pid,) = pids(experiment)
        os.kill(pid, signal.SIGKILL)
        await holds(lambda: ("Apply", "Failed") in events(experiment))
        await holds(lambda: conditions(experiment)["AllInjected"])
        assert seen == [False, True, False, True]
        assert pids(experiment) != [pid]

    on_a_cluster(tmp_path, body)


def test_stress_ends_with_the_container_and_a_pod_that_replaces_it_is_not_chosen(
    tmp_path: Path,
) -> None:
    async def body(place: Place) -> None:
        experiment = await place.create("stresschaos", **CPU)
        (pid,) = pids(experiment)
        old = place.cluster.store
        assert old is not None
        place.cluster.delete(old, 0)
        await holds(lambda: gone([pid]) and not conditions(experiment)["AllInjected"])
        await holds(lambda: place.cluster.store is not old)
        assert old.name == place.cluster.store.name  # type: ignore[union-attr]
        await holds(lambda: place.cluster.store is not None and place.cluster.store.ready)
        await experiment.settle(3)
        (record,) = experiment.status()["experiment"]["containerRecords"]
        assert record["events"][-1]["message"] == "the pod is gone"
        assert pids(experiment) == []

    on_a_cluster(tmp_path, body)


def test_a_deletion_in_the_midst_of_an_injection_leaves_no_process(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        scope = {"mode": "all", "selector": {"labelSelectors": {"app": "sandbox-store"}}}
        manifest = {"metadata": {"name": "short"}, "spec": {**scope, **MEMORY}}
        experiment = Experiment("stresschaos", manifest, NAMESPACE)
        place.controller.create(experiment)
        await holds(lambda: bool(pids(experiment)) and pids(experiment) != [0])
        found = pids(experiment)
        await place.delete(experiment)
        assert place.controller.find("stresschaos", "short") is None
        assert gone(found)

    on_a_cluster(tmp_path, body)


def test_a_duration_ends_the_fault_and_keeps_the_object(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        began_s = time.monotonic()
        experiment = await place.create("stresschaos", **MEMORY, duration="700ms")
        found = pids(experiment)
        await holds(lambda: conditions(experiment)["AllRecovered"])
        assert 0.7 <= time.monotonic() - began_s < 2
        assert gone(found)
        assert experiment.phase == "Stop"
        assert events(experiment) == [("Apply", "Succeeded"), ("Recover", "Succeeded")]
        assert place.controller.find("stresschaos", "broken") is experiment
        await place.delete(experiment)
        assert place.controller.find("stresschaos", "broken") is None

    on_a_cluster(tmp_path, body)


def test_a_pause_recovers_and_its_end_injects_again(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        experiment = await place.create("podchaos", action="pod-failure")
        store = place.cluster.store
        assert store is not None
        await holds(lambda: not store.ready)
        place.annotate(experiment, {PAUSE: "true"})
        assert conditions(experiment)["Paused"]
        await holds(lambda: conditions(experiment)["AllRecovered"] and store.ready)
        assert experiment.status()["experiment"]["desiredPhase"] == "Stop"
        place.annotate(experiment, {})
        await holds(lambda: conditions(experiment)["AllInjected"] and not store.ready)
        (record,) = experiment.status()["experiment"]["containerRecords"]
        assert (record["injectedCount"], record["recoveredCount"]) == (2, 1)
        await place.delete(experiment)
        await holds(lambda: store.ready)

    on_a_cluster(tmp_path, body)


def test_a_deletion_hangs_while_recovery_fails_until_it_is_forced(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        experiment = await place.create("stresschaos", **MEMORY)
        place.annotate(experiment, {RECOVERY_FAILS: "fails"})
        await place.delete(experiment)
        assert place.controller.find("stresschaos", "broken") is experiment
        assert experiment.deleted_at is not None
        assert experiment.finalizers == [FINALIZER]
        assert events(experiment)[-1] == ("Recover", "Failed")
        assert not conditions(experiment)["AllRecovered"]
        place.annotate(experiment, {RECOVERY_FAILS: "fails", **FORCED})
        await experiment.settle(5)
        assert place.controller.find("stresschaos", "broken") is None
        assert not gone(pids(experiment))  # forced means just that: what is left is left
        await experiment.injection.recover(place.cluster, experiment.records[0], "")

    on_a_cluster(tmp_path, body)


def test_a_recovery_that_works_again_lets_the_object_go(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        experiment = await place.create("stresschaos", **MEMORY)
        found = pids(experiment)
        place.annotate(experiment, {RECOVERY_FAILS: "fails"})
        await place.delete(experiment)
        assert not gone(found)
        place.annotate(experiment, {})
        await experiment.settle(5)
        assert place.controller.find("stresschaos", "broken") is None
        assert gone(found)

    on_a_cluster(tmp_path, body)


def test_the_finalizer_comes_back_until_the_object_is_deleted(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        experiment = await place.create("stresschaos", **MEMORY)
        place.controller.annotate(experiment, {}, {RECOVERY_FAILS: "fails"}, [])
        assert experiment.finalizers == [FINALIZER]
        await place.delete(experiment)
        place.controller.annotate(experiment, {}, {}, ["new/one"])
        assert experiment.finalizers == []

    on_a_cluster(tmp_path, body)


def test_two_stresses_share_a_core_and_the_last_gives_it_back(tmp_path: Path) -> None:
    async def body(place: Place) -> None:
        pid = place.container_pid
        before = os.sched_getaffinity(pid)
        core = place.cluster.cores.pin(pid)
        assert place.cluster.cores.pin(pid) == core
        assert place.cluster.cores.pin(os.getpid()) != core or len(before) == 1
        place.cluster.cores.release(os.getpid())
        place.cluster.cores.release(pid)
        assert os.sched_getaffinity(pid) == {core}
        place.cluster.cores.release(pid)
        assert os.sched_getaffinity(pid) == before
        place.cluster.cores.release(pid)  # once more harms nobody

    on_a_cluster(tmp_path, body)


def test_stressors_die_with_whoever_started_them() -> None:
    program = (
        "import asyncio, os, signal\n"
        "from seakeep.sandbox.stressor_process import StressorProcess\n"
        "async def main():\n"
        "    found = StressorProcess('--load-percent', '10')\n"
        "    await found.start()\n"
        "    print(found.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=False
    )
    pid = int(ended.stdout)
    ends = time.monotonic() + 5
    while not gone([pid]):
        assert time.monotonic() < ends
        time.sleep(0.01)
