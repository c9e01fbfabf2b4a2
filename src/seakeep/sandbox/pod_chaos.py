"""PodChaos: pods that are killed, or that fail for a while.

https://chaos-mesh.org/docs/simulate-pod-chaos-on-kubernetes/
"""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.sandbox.chaos_spec import ChaosInvalidError, Fields
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.pods import Pod

__all__ = ["PodChaos"]


@dataclass(frozen=True, slots=True)
class PodChaos:
    """A fault of whole pods.

    Attributes:
        action: "pod-kill" deletes them, "container-kill" kills their process,
            "pod-failure" keeps them down until it ends.
        grace_s: The grace period of pod-kill.
        containers: The containers that container-kill takes.
    """

    action: str
    grace_s: float
    containers: tuple[str, ...]

    @property
    def one_shot(self) -> bool:
        """Whether it is over once it is done: there is nothing to recover."""
        return self.action != "pod-failure"

    @classmethod
    def read(cls, spec: Fields, _: str) -> PodChaos:
        """The pod fault a spec asks for."""
        action = spec.choice("action", ("pod-kill", "container-kill", "pod-failure"))
        grace_s, containers = 0.0, ()
        if action == "pod-kill":
            grace_s = spec.number("gracePeriod", 0, 3600) or 0.0
        if action == "container-kill":
            containers = tuple(spec.optional("containerNames") or ())
            if not containers:
                raise ChaosInvalidError("spec.containerNames", "Required value")
        return cls(action, grace_s, containers)

    def inject(self, cluster: Cluster, pods: tuple[Pod, ...], _: str) -> bool:
        """Do it to those pods; False if none was concerned."""
        concerned = [pod for pod in pods if self._concerns(pod)]
        for pod in concerned:
            if self.action == "pod-kill":
                cluster.delete(pod, self.grace_s)
            elif self.action == "container-kill":
                pod.kill_container()
            else:
                pod.suspend()
        return bool(concerned)

    def recover(self, cluster: Cluster, pods: tuple[Pod, ...], _: str) -> None:  # noqa: ARG002
        """Let the pods start again, where the fault kept them down."""
        if self.action == "pod-failure":
            for pod in pods:
                pod.resume()

    def _concerns(self, pod: Pod) -> bool:
        return self.action != "container-kill" or pod.template.container_name in self.containers
