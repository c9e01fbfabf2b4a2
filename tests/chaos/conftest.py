from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from seakeep.chaos.kubernetes.cluster import Cluster
from seakeep.chaos.runner import run_experiment
from seakeep.chaos.undo.reach import Reach
from seakeep.chaos.undo.recovery import recover
from seakeep.experiment_result import ExperimentResult
from seakeep.observation import Kind, Observation
from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment
from seakeep.store import open_store

ROOT = Path(__file__).parents[2]
LATENCY = ROOT / "chaos" / "network-latency.yaml"
POD_FAILURE = ROOT / "chaos" / "pod-failure.yaml"

PLATFORM = """
name: harbour
environment: {environment}
base_url: ${{SEAKEEP_BASE_URL}}
checks:
  - {{name: live, suite: health, path: /live, expect: {{status: 200}}}}
  - {{name: home, suite: home, path: {home_path}, expect: {{status: 200}}}}
experiments:
  - {{name: network-latency, recovery_timeout: 15s, timeout: {timeout}}}
"""

SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: speed}}
spec:
  service: harbour
  indicator:
    metadata: {{name: fast-checks}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: seakeep, spec: {{outcome: good, maxDuration: {limit}}}}}}}
        total: {{metricSource: {{type: seakeep, spec: {{kind: probe}}}}}}
  timeWindow: [{{duration: 30d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.9}}]
"""


@dataclass(frozen=True)
class Harness:
    """A home and a platform of its own, on the sandbox that all tests share."""

    sandbox: SandboxEnvironment
    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.sandbox.kubeconfig)

    @property
    def reach(self) -> Reach:
        return Reach(cluster=self.cluster)

    def faults(self) -> list[str]:
        return [ref.name for ref in self.cluster.ours(self.sandbox.namespace)]

    def write_platform(
        self,
        *,
        limit: str = "2s",
        home_path: str = "/",
        environment: str = "sandbox",
        timeout: str = "600s",
    ) -> None:
        platform = self.folder / "platform"
        platform.mkdir(exist_ok=True)
        text = PLATFORM.format(environment=environment, home_path=home_path, timeout=timeout)
        (platform / "platform.yaml").write_text(text)
        (platform / "slos.yaml").write_text(SLO.format(limit=limit))

    def env(self, **more: str) -> dict[str, str]:
        return {
            "SEAKEEP_BASE_URL": self.sandbox.base_url,
            "SEAKEEP_PLATFORM": str(self.folder / "platform"),
            "SEAKEEP_NAMESPACE": self.sandbox.namespace,
            "SEAKEEP_HOME": str(self.home),
            "SEAKEEP_RUN_ID": "r1",
            "KUBECONFIG": str(self.sandbox.kubeconfig),
            **more,
        }

    def run(self, file: Path, **more: str) -> ExperimentResult:
        journal = self.folder / "journal.json"
        return run_experiment(file, env=self.env(**more), journal=journal, timeout_s=60)

    def start(self, file: Path, **more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "chaostoolkit", "--no-version-check", "--no-log-file"]
        command += ["run", "--journal-path", str(self.folder / "journal.json"), str(file)]
        with (self.folder / "chaos.log").open("wb") as log:
            return subprocess.Popen(
                command, env={**os.environ, **self.env(**more)}, stdout=log, stderr=log
            )

    def supervisors(self, process: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """The supervisor of a run that was started, as long as that run is alive."""
        children = psutil.Process(process.pid).children()
        return [child for child in children if "seakeep.chaos.undo.supervisor" in child.cmdline()]

    def said(self) -> str:
        return (self.folder / "chaos.log").read_text()

    def observations(self, kind: Kind) -> list[Observation]:
        with open_store(self.home) as store:
            return [o for o in store.observations() if o.kind is kind]


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxEnvironment]:
    with control.foreground(tmp_path_factory.mktemp("sandbox")) as environment:
        yield environment


@pytest.fixture
def harness(
    sandbox: SandboxEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Harness]:
    monkeypatch.setenv("KUBECONFIG", str(sandbox.kubeconfig))
    monkeypatch.setenv("SEAKEEP_NAMESPACE", sandbox.namespace)
    made = Harness(sandbox, tmp_path)
    made.write_platform()
    yield made
    recover(made.home)


def await_true(what: Callable[[], object], deadline_s: float = 20.0) -> None:
    end = time.monotonic() + deadline_s
    while not what():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def end(process: subprocess.Popen[bytes], number: signal.Signals) -> int:
    process.send_signal(number)
    return process.wait(30)
