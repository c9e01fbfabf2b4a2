"""NetworkChaos: delay, loss and partition on the links of the chosen pods.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

from dataclasses import dataclass

from seakeep.sandbox.chaos_spec import ChaosInvalidError, Fields, PodChoice
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.faults import Delay, Fault, Loss, Partition
from seakeep.sandbox.link import Direction
from seakeep.sandbox.pods import Pod

__all__ = ["NetworkChaos"]


@dataclass(frozen=True, slots=True)
class NetworkChaos:
    """A network fault between the chosen pods and their targets.

    Attributes:
        fault: What happens to the bytes.
        direction: "to": what the chosen pods send; "from": what they receive; or "both".
        target: The other ends; None for all.
    """

    fault: Fault
    direction: str
    target: PodChoice | None
    one_shot: bool = False

    @classmethod
    def read(cls, spec: Fields, namespace: str) -> NetworkChaos:
        """The network fault a spec asks for."""
        action = spec.choice("action", ("delay", "loss", "partition"))
        fault = _fault(action, spec)
        direction = spec.choice("direction", ("to", "from", "both"), "to")
        target = None
        if spec.optional("target") is not None:
            part = spec.part("target")
            target = PodChoice.read(part, namespace)
            part.done()
        elif direction != "to":
            raise ChaosInvalidError("spec.target", f"Required value: direction is {direction}")
        return cls(fault, direction, target)

    def inject(self, cluster: Cluster, pods: tuple[Pod, ...], name: str) -> bool:
        """Lay the fault, under that name, on every link it concerns; False if there is none."""
        chosen = {pod.name for pod in pods}
        others = None
        if self.target is not None:
            others = {pod.name for pod in self.target.choose(cluster.pods())}
        laid = False
        for link in cluster.links():
            ends = (link.source, link.target, Direction.FORWARD, Direction.BACKWARD)
            swapped = (link.target, link.source, Direction.BACKWARD, Direction.FORWARD)
            for here, there, sends, receives in (ends, swapped):
                if here not in chosen or (others is not None and there not in others):
                    continue
                laid = True
                if self.direction in {"to", "both"}:
                    link.lay(name, sends, self.fault)
                if self.direction in {"from", "both"}:
                    link.lay(name, receives, self.fault)
        return laid

    def recover(self, cluster: Cluster, pods: tuple[Pod, ...], name: str) -> None:  # noqa: ARG002
        """Lift the fault from every link."""
        for link in cluster.links():
            link.lift(name)


def _fault(action: str, spec: Fields) -> Fault:
    if action == "partition":
        return Partition()
    part = spec.part(action)
    part.number("correlation", 0, 100)  # read and not needed: each segment is drawn by itself
    if action == "loss":
        percent = part.number("loss", 0, 100)
        part.done()
        if not percent:
            raise ChaosInvalidError("spec.loss.loss", "Required value: a percentage above 0")
        return Loss(percent / 100)
    latency_s, jitter_s = part.seconds("latency"), part.seconds("jitter")
    part.done()
    if not latency_s:
        raise ChaosInvalidError("spec.delay.latency", "Required value: a duration above 0")
    return Delay(latency_s, jitter_s or 0.0)
