"""PodChaos: pods that are killed, or that fail for a while.

https://chaos-mesh.org/docs/simulate-pod-chaos-on-kubernetes/
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from seakeep.sandbox.chaos_record import InjectionError, Record
from seakeep.sandbox.chaos_selector import PodChoice
from seakeep.sandbox.chaos_spec import Fields
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.pods import Pod

__all__ = ["PodChaos"]

_GRACE_LIMIT_S = 3600
_POLL_S = 0.01


class PodChaos:
    """A fault of whole pods.

    Attributes:
        action: "pod-kill" deletes them, "container-kill" kills their process,
            "pod-failure" keeps them down until it ends.
        grace_s: The grace period of pod-kill, in seconds.
        containers: The containers that container-kill takes.
    """

    def __init__(
        self, action: str, choice: PodChoice, grace_s: float, containers: tuple[str, ...]
    ) -> None:
        self.action = action
        self.grace_s = grace_s
        self.containers = containers
        self._choice = choice

    @property
    def one_shot(self) -> bool:
        """Whether it is over once it is done: there is nothing to recover."""
        return self.action != "pod-failure"

    @classmethod
    def read(cls, spec: Fields, namespace: str) -> PodChaos:
        """The pod fault a spec asks for."""
        action = spec.choice("action", ("pod-kill", "container-kill", "pod-failure"))
        choice = PodChoice.read(spec, namespace)
        grace_s, containers = 0, tuple[str, ...]()
        if action == "pod-kill":
            grace_s = spec.whole("gracePeriod", 0, _GRACE_LIMIT_S) or 0
        if action == "container-kill":
            containers = spec.texts("containerNames")
            spec.needed("containerNames", containers or None)
        return cls(action, choice, float(grace_s), containers)

    def select(self, pods: Sequence[Pod]) -> list[Record]:
        """The chosen pods, or those containers of theirs that container-kill names."""
        chosen = self._choice.choose(pods)
        if self.action != "container-kill":
            return [Record(pod) for pod in chosen]
        found = [Record(pod, container=pod.template.container_name) for pod in chosen]
        return [record for record in found if record.container in self.containers]

    async def apply(self, cluster: Cluster, record: Record, name: str) -> None:
        """Do it to that pod.

        Raises:
            InjectionError: Its container does not run.
        """
        if self.action == "pod-kill":
            cluster.delete(record.pod, self.grace_s)
        elif self.action == "container-kill":
            if record.pod.container is None or not record.pod.container.running:
                raise InjectionError("the container does not run")
            record.pod.kill_container()
        else:
            await self._hold_down(record.pod, name)

    async def recover(self, cluster: Cluster, record: Record, name: str) -> None:  # noqa: ARG002
        """Let the pod start again, where the fault kept it down."""
        if self.action == "pod-failure":
            record.pod.resume(name)

    def status(self) -> dict[str, object]:
        """What it adds to the object's status: nothing."""
        return {}

    async def _hold_down(self, pod: Pod, name: str) -> None:
        """Return when the container is dead; whatever comes between lets it start again."""
        try:
            pod.suspend(name)
            while pod.container is not None and pod.container.exit_code is None:
                pod.kill_container()  # again: it may be on its way up only now
                await pod.container.wait()
                await asyncio.sleep(_POLL_S)
        except BaseException:
            pod.resume(name)
            raise
