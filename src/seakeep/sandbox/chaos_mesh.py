"""The Chaos Mesh controller: injects what objects ask for, and recovers it in time.

Conditions and records: https://chaos-mesh.org/docs/inspect-chaos-experiments/
"""

from __future__ import annotations

import asyncio
import copy
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from seakeep.sandbox.chaos_spec import ChaosInvalidError, Fields, PodChoice
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.network_chaos import NetworkChaos
from seakeep.sandbox.pod_chaos import PodChaos
from seakeep.sandbox.pods import Pod

__all__ = ["KINDS", "ChaosController", "Experiment"]


class Injection(Protocol):
    """What an experiment does to pods."""

    @property
    def one_shot(self) -> bool:
        """Whether there is nothing to recover."""
        ...

    def inject(self, cluster: Cluster, pods: tuple[Pod, ...], name: str) -> bool:
        """Do it; False if it concerned nothing."""
        ...

    def recover(self, cluster: Cluster, pods: tuple[Pod, ...], name: str) -> None:
        """Undo it; no error if it is undone already."""
        ...


KINDS: dict[str, tuple[str, Callable[[Fields, str], Injection]]] = {
    "networkchaos": ("NetworkChaos", NetworkChaos.read),
    "podchaos": ("PodChaos", PodChaos.read),
}


class Experiment:
    """One chaos object and what has become of it."""

    def __init__(self, plural: str, manifest: Mapping[str, Any], namespace: str) -> None:
        kind, read = KINDS[plural]
        spec = Fields(manifest.get("spec"), "spec")
        self.choice = PodChoice.read(spec, namespace)
        self.duration_s = spec.seconds("duration")
        if self.duration_s == 0:
            raise ChaosInvalidError("spec.duration", "Invalid value: wanted more than 0")
        self.injection = read(spec, namespace)
        spec.done()
        self.manifest = copy.deepcopy(dict(manifest)) | {"kind": kind}
        self.uid = str(uuid.uuid4())
        self.created_at = datetime.now(UTC)
        self.revision = 0
        self.generation = 1
        self.pods: tuple[Pod, ...] = ()
        self.injected = False
        self.stopped = False
        self.timer: asyncio.TimerHandle | None = None

    @property
    def fault_name(self) -> str:
        """The name of its faults on links."""
        return f"{self.manifest['kind']}/{self.uid}"

    def status(self) -> dict[str, Any]:
        """The object's `status`."""
        selected = bool(self.pods)
        conditions = {
            "Selected": selected,
            "AllInjected": self.injected,
            "AllRecovered": not self.injected,
            "Paused": False,
        }
        return {
            "conditions": [
                {"type": name, "status": str(holds)} for name, holds in conditions.items()
            ],
            "experiment": {
                "desiredPhase": "Stop" if self.stopped else "Run",
                "containerRecords": [self._record(pod) for pod in self.pods],
            },
        }

    def _record(self, pod: Pod) -> dict[str, Any]:
        return {
            "id": f"{pod.template.namespace}/{pod.name}",
            "selectorKey": ".",
            "phase": "Injected" if self.injected else "Not Injected",
            "injectedCount": 1,
            "recoveredCount": 0 if self.injected else 1,
        }


class ChaosController:
    """Holds the experiments, and ends each when its duration is over."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._experiments: dict[tuple[str, str], Experiment] = {}

    def experiments(self, plural: str) -> tuple[Experiment, ...]:
        """All experiments of a kind, oldest first."""
        return tuple(found for (kind, _), found in self._experiments.items() if kind == plural)

    def find(self, plural: str, name: str) -> Experiment | None:
        """The experiment of that name."""
        return self._experiments.get((plural, name))

    def create(self, plural: str, name: str, experiment: Experiment) -> None:
        """Take an experiment in, inject it, and start its clock."""
        self._experiments[plural, name] = experiment
        experiment.pods = experiment.choice.choose(self._cluster.pods())
        experiment.injected = experiment.injection.inject(
            self._cluster, experiment.pods, experiment.fault_name
        )
        experiment.revision = self._cluster.next_revision()
        if experiment.duration_s is not None and not experiment.injection.one_shot:
            loop = asyncio.get_running_loop()
            experiment.timer = loop.call_later(experiment.duration_s, self._stop, experiment)

    def delete(self, plural: str, name: str) -> None:
        """Recover an experiment and forget it."""
        experiment = self._experiments.pop((plural, name))
        self._stop(experiment)

    def _stop(self, experiment: Experiment) -> None:
        if experiment.timer is not None:
            experiment.timer.cancel()
        experiment.stopped = True
        experiment.injection.recover(self._cluster, experiment.pods, experiment.fault_name)
        experiment.injected = False
        experiment.revision = self._cluster.next_revision()
