"""Ends experiments in every way that hurts, and looks at what is left of them.

Afterwards there must be no fault and no process left, and a true record of what happened. The
sandbox is the platform; between the harness and its Kubernetes API stands a proxy that can go dead.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil
import yaml

from bench.deadly_proxy import DeadlyProxy
from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.undo.ledger import Ledger
from seakeep.errors import FaultError
from seakeep.experiment_result import detail_of
from seakeep.observation import Kind, Observation
from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment
from seakeep.store import open_store

__all__ = ["MILD", "PLATFORM", "ROOT", "Ordeal", "Torture", "Way", "slos", "torture"]

ROOT = Path(__file__).parents[1]

_END_S = 90.0
"""By then nothing may be left, whatever happened: the stated time of all ways."""

_DEAD_API_S = 5.0

_TOOL_FAILURE = 4

PLATFORM = """
name: harbour
environment: sandbox
base_url: ${SEAKEEP_BASE_URL}
checks:
  - {name: live, suite: health, path: /live, expect: {status: 200}}
experiments:
  - {name: torment, recovery_timeout: 15s, timeout: 6s}
"""

_SLOS = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: harbour
  indicator:
    metadata: {name: good-checks}
    spec:
      ratioMetric:
        counter: true
        good: {metricSource: {type: seakeep, spec: {outcome: good, maxDuration: MAX_DURATION}}}
        total: {metricSource: {type: seakeep, spec: {kind: probe}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: TARGET}]
"""


MILD = {"maxDuration": "2s", "target": "0.9"}
"""An objective that a slow network does not break."""


class Way(StrEnum):
    """How a run is ended."""

    SIGTERM = "SIGTERM"
    SIGINT = "SIGINT"
    KILL_HARNESS = "SIGKILL of the harness"
    KILL_BOTH = "SIGKILL of harness and supervisor"
    HUNG_ACTION = "a hung action"
    DEAD_API = "a dead Kubernetes API"
    FULL_DISK = "a full disk"


@dataclass(frozen=True, slots=True)
class Ordeal:
    """What one run came to.

    Attributes:
        way: How it was ended.
        after_s: How long after its start.
        injected: Whether a fault had been injected, or was about to be.
        gone_s: From the cause of the end until the last fault was seen, in seconds.
        wrong: What should not be: a fault, a process, a record that is not true. Empty when fine.
    """

    way: Way
    after_s: float
    injected: bool
    gone_s: float
    wrong: tuple[str, ...]


class _FaultWatch:
    """Looks all along for faults of ours, and remembers when it saw the last."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._over = threading.Event()
        self._last_s = 0.0
        self.began = time.monotonic()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def last_seen_s(self) -> float:
        """Stop to look, and return when the last fault was seen, in seconds since the begin."""
        self._over.set()
        self._thread.join()
        return self._last_s

    def _look(self) -> None:
        while not self._over.wait(0.05):
            try:
                there = bool(self._cluster.ours(self._namespace))
            except FaultError:
                there = True  # nobody can tell, and an end to all looks would flatter
            if there:
                self._last_s = time.monotonic() - self.began


class Torture:
    """A sandbox and a folder in which runs are ended, one after the other."""

    def __init__(
        self, sandbox: SandboxEnvironment, folder: Path, objective: Mapping[str, str]
    ) -> None:
        self._sandbox = sandbox
        self.folder = folder
        host, port = sandbox.api_url.removeprefix("http://").split(":")
        self._proxy = DeadlyProxy((host, int(port)))
        text = sandbox.kubeconfig.read_text()
        self._kubeconfig = folder / "kubeconfig"
        proxied = f"http://127.0.0.1:{self._proxy.port}"
        self._kubeconfig.write_text(text.replace(sandbox.api_url, proxied))
        self._cluster = Cluster(sandbox.kubeconfig)
        platform = folder / "platform"
        platform.mkdir()
        (platform / "platform.yaml").write_text(PLATFORM)
        (platform / "slos.yaml").write_text(slos(objective))
        self._count = 0

    def close(self) -> None:
        """Leave nothing open."""
        self._proxy.close()

    def inflict(self, way: Way, after_s: float) -> Ordeal:
        """Start a run, end it that way after so long, and look at what is left."""
        self._count += 1
        home = self.folder / f"home-{self._count}"
        process = self._start(way, home)
        family = [psutil.Process(process.pid)]
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after_s)
        family += self._supervisors(process)
        watch = _FaultWatch(self._cluster, self._sandbox.namespace)
        with self._ending(way, process, family):
            code = self._end_of(process, family)
            if way is Way.DEAD_API:
                time.sleep(max(0.0, watch.began + _DEAD_API_S - time.monotonic()))
        gone_s = watch.last_seen_s()
        recovered = self._recover(home) if way in {Way.KILL_BOTH, Way.FULL_DISK} else 0
        wrong = [*self._left(home, family), *self._untrue(home, code)]
        if recovered:
            wrong.append(f"recover ended {recovered}")
        for ref in self._cluster.ours(self._sandbox.namespace):
            self._cluster.delete(ref)
        ledger = list((home / "ledger").glob("2*"))
        return Ordeal(way, after_s, bool(ledger), gone_s, tuple(wrong))

    def _start(self, way: Way, home: Path) -> subprocess.Popen[bytes]:
        experiment = yaml.safe_load((ROOT / "chaos" / "network-latency.yaml").read_text())
        if way is Way.HUNG_ACTION:
            sleep = {"setup": "import time", "stmt": "time.sleep(600)", "number": 1}
            hung = {"type": "python", "module": "timeit", "func": "timeit", "arguments": sleep}
            experiment["method"][1] = {"type": "action", "name": "hung", "provider": hung}
        file = self.folder / "torment.yaml"
        file.write_text(yaml.safe_dump(experiment))
        env = os.environ | self.environment(home)
        env |= {"SEAKEEP_FAULT_DURATION_S": "3", "SEAKEEP_LATENCY_MS": "50"}
        command = [sys.executable, "-m", "chaostoolkit", "--no-version-check", "--no-log-file"]
        command += ["run", "--journal-path", str(self.folder / f"{home.name}.json"), str(file)]
        with (self.folder / f"{home.name}.log").open("wb") as log:
            return subprocess.Popen(command, env=env, stdout=log, stderr=log)

    def environment(self, home: Path) -> dict[str, str]:
        """Return what points an experiment here, with a home of its own."""
        return {
            "SEAKEEP_BASE_URL": self._sandbox.base_url,
            "SEAKEEP_PLATFORM": str(self.folder / "platform"),
            "SEAKEEP_NAMESPACE": self._sandbox.namespace,
            "SEAKEEP_HOME": str(home),
            "SEAKEEP_RUN_ID": home.name,
            "KUBECONFIG": str(self._kubeconfig),
        }

    @contextlib.contextmanager
    def _ending(
        self, way: Way, process: subprocess.Popen[bytes], family: Sequence[psutil.Process]
    ) -> Iterator[None]:
        """Do what ends a run; what lasts is taken back after the block."""
        with contextlib.ExitStack() as stack:
            match way:
                case Way.SIGTERM:
                    process.send_signal(signal.SIGTERM)
                case Way.SIGINT:
                    process.send_signal(signal.SIGINT)
                case Way.KILL_HARNESS:
                    process.kill()
                case Way.KILL_BOTH:
                    for member in reversed(family):
                        with contextlib.suppress(psutil.NoSuchProcess):
                            member.kill()
                case Way.DEAD_API:
                    stack.enter_context(self._proxy.dead())
                    process.send_signal(signal.SIGTERM)
                    timer = threading.Timer(_DEAD_API_S, stack.close)
                    timer.start()
                case Way.FULL_DISK:
                    for member in family:
                        _fill_disk(member.pid)
                case Way.HUNG_ACTION:
                    """The action hangs by itself, and the guard's own deadline ends it."""
            yield

    def _supervisors(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        try:
            children = psutil.Process(process.pid).children()
            return [c for c in children if "seakeep.chaos.undo.supervisor" in c.cmdline()]
        except psutil.Error:
            return []

    def _end_of(
        self, process: subprocess.Popen[bytes], family: Sequence[psutil.Process]
    ) -> int | None:
        """Wait until harness and supervisor have ended; the harness' exit code."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)
        psutil.wait_procs(family[1:], timeout=_END_S)
        return process.returncode

    def _recover(self, home: Path) -> int:
        env = {**os.environ, "SEAKEEP_HOME": str(home), "KUBECONFIG": str(self._kubeconfig)}
        env["SEAKEEP_NAMESPACE"] = self._sandbox.namespace
        command = [sys.executable, "-m", "seakeep.cli", "recover"]
        return subprocess.run(command, env=env, capture_output=True, check=False).returncode

    def _left(self, home: Path, family: Sequence[psutil.Process]) -> Iterator[str]:
        for ref in self._cluster.ours(self._sandbox.namespace):
            yield f"{ref} is left"
        for entry in Ledger(home).open_entries():
            yield f"{entry.fault} is open in the ledger"
        for note in (home / "ledger").glob("*.run"):
            yield f"{note.name} is left"
        for member in family:
            with contextlib.suppress(psutil.Error):
                if member.status() != psutil.STATUS_ZOMBIE:
                    yield f"process {member.pid} is left: {' '.join(member.cmdline()[:5])}"

    def _untrue(self, home: Path, code: int | None) -> Iterator[str]:
        """Tell where the record, the exit code and what happened contradict one another."""
        told = _recorded(home)
        injected = bool(list((home / "ledger").glob("2*")))
        if injected and len(told) != 1:
            yield f"{len(told)} records of a run that injected"
        for observation in told:
            result = detail_of(observation)
            if result is None:
                yield "the record has no detail"
                continue
            ended = code is not None and code >= 0
            if ended and code != result.exit_code and not self._lost_its_journal(home, code):
                yield f"recorded {result.status} ({result.cause}), but the exit code was {code}"
            if injected and not result.fault:
                yield "the record names no fault"

    def _lost_its_journal(self, home: Path, code: int | None) -> bool:
        """Return whether a run failed by nothing but the journal that the toolkit writes last.

        A disk that fills once the result is recorded is a failure of the tool, whatever the
        platform did: exit code 4, and the record as it was.
        """
        try:
            json.loads((self.folder / f"{home.name}.json").read_text())
        except (OSError, ValueError):
            return code == _TOOL_FAILURE
        return False


def _recorded(home: Path) -> list[Observation]:
    if not home.exists():
        return []
    with open_store(home) as store:
        return [o for o in store.observations() if o.kind is Kind.CHAOS]


def _fill_disk(pid: int) -> None:
    """Let a process write to no file any more: to it, that is a disk without space."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))


def slos(objective: Mapping[str, str]) -> str:
    """Return the file of one objective with this ``target`` and ``maxDuration``."""
    text = _SLOS.replace("MAX_DURATION", objective["maxDuration"])
    return text.replace("TARGET", objective["target"])


@contextlib.contextmanager
def torture(objective: Mapping[str, str] = MILD) -> Iterator[Torture]:
    """A sandbox of its own to inflict things on, with one objective."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with control.foreground(folder / "sandbox") as sandbox:
            made = Torture(sandbox, folder, objective)
            try:
                yield made
            finally:
                made.close()
