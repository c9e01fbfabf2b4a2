"""NetworkChaos: delay, loss, bandwidth and partition on the links of the chosen pods.

https://chaos-mesh.org/docs/simulate-network-chaos-on-kubernetes/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from seakeep.sandbox.chaos_record import InjectionError, Record
from seakeep.sandbox.chaos_selector import PodChoice
from seakeep.sandbox.chaos_spec import ChaosInvalidError, Fields
from seakeep.sandbox.chaos_units import rate_bytes_per_s
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.faults import Bandwidth, Combined, Delay, Fault, Loss, Partition
from seakeep.sandbox.link import Direction, Link
from seakeep.sandbox.pods import Pod

__all__ = ["NetworkChaos"]

_BYTES_LIMIT = 2**32 - 1  # `limit` and `buffer` are uint32 in Chaos Mesh

_Make = Callable[[], Fault]


class NetworkChaos:
    """A network fault between the chosen pods and their targets.

    Attributes:
        direction: "to": what the chosen pods send; "from": what they receive; or "both".
        one_shot: Never: it lasts.
    """

    one_shot = False

    def __init__(
        self, make: _Make, direction: str, choice: PodChoice, target: PodChoice | None
    ) -> None:
        """Keep what was read.

        Args:
            make: A new fault. Each sender gets one of its own for all its links, as a queueing
                discipline of its network interface would be.
            direction: "to", "from" or "both".
            choice: Which pods.
            target: The other ends; None for all.
        """
        self.direction = direction
        self._make = make
        self._choice = choice
        self._target = target
        self._others: set[str] | None = None
        self._faults: dict[str, Fault] = {}
        self._laid: dict[Record, list[Link]] = {}

    @classmethod
    def read(cls, spec: Fields, namespace: str) -> NetworkChaos:
        """The network fault a spec asks for."""
        action = spec.choice("action", (*_ACTIONS, "netem"))
        make = _netem(spec) if action == "netem" else _ACTIONS[action](spec)
        choice = PodChoice.read(spec, namespace)
        direction = spec.choice("direction", ("to", "from", "both"), "to")
        target = None
        part = spec.optional_part("target")
        if part is not None:
            target = PodChoice.read(part, namespace)
            part.done()
        elif direction != "to" and action != "partition":
            # As NetworkChaosSpec.Validate in Chaos Mesh's networkchaos_webhook.go.
            raise ChaosInvalidError("spec.target", f"Required value: direction is {direction}")
        return cls(make, direction, choice, target)

    def select(self, pods: Sequence[Pod]) -> list[Record]:
        """The chosen pods and the targets; none if either has none."""
        chosen = [Record(pod) for pod in self._choice.choose(pods)]
        if self._target is None:
            return chosen
        others = self._target.choose(pods)
        self._others = {pod.name for pod in others}
        found = [*chosen, *(Record(pod, ".Target") for pod in others)]
        return found if chosen and others else []

    async def apply(self, cluster: Cluster, record: Record, name: str) -> None:
        """Lay the fault, under that name, on every link it concerns.

        Raises:
            InjectionError: There is no such link.
        """
        if record.key != ".":
            return
        for link, way in self._ways(cluster, record.pod.name):
            sender = link.source if way is Direction.FORWARD else link.target
            fault = self._faults.setdefault(sender, self._make())
            link.lay(name, way, fault)
            self._laid.setdefault(record, []).append(link)
        if record not in self._laid:
            raise InjectionError("it has no link to any target")

    async def recover(self, cluster: Cluster, record: Record, name: str) -> None:  # noqa: ARG002
        """Lift the fault from every link."""
        for link in self._laid.pop(record, ()):
            link.lift(name)
        self._faults.clear()

    def status(self) -> dict[str, object]:
        """What it adds to the object's status: nothing."""
        return {}

    def _ways(self, cluster: Cluster, here: str) -> Iterator[tuple[Link, Direction]]:
        """The links of a chosen pod, each with the directions that the fault is for."""
        for link in cluster.links():
            ends = (link.source, link.target, Direction.FORWARD, Direction.BACKWARD)
            swapped = (link.target, link.source, Direction.BACKWARD, Direction.FORWARD)
            for near, far, sends, receives in (ends, swapped):
                if near != here or (self._others is not None and far not in self._others):
                    continue
                if self.direction in {"to", "both"}:
                    yield link, sends
                if self.direction in {"from", "both"}:
                    yield link, receives


def _delay(spec: Fields) -> _Make:
    part = spec.part("delay")
    latency_s, jitter_s = part.seconds("latency"), part.seconds("jitter") or 0.0
    correlation = part.share("correlation") or 0.0
    part.done()
    if not latency_s:
        raise ChaosInvalidError("spec.delay.latency", "Required value: a duration above 0")
    return lambda: Delay(latency_s, jitter_s, correlation)


def _loss(spec: Fields) -> _Make:
    part = spec.part("loss")
    probability, correlation = part.share("loss"), part.share("correlation") or 0.0
    part.done()
    if not probability:
        raise ChaosInvalidError("spec.loss.loss", "Required value: a percentage above 0")
    return lambda: Loss(probability, correlation)


def _bandwidth(spec: Fields) -> _Make:
    part = spec.part("bandwidth")
    rate = part.needed("rate", part.parsed("rate", rate_bytes_per_s))
    part.needed("limit", part.whole("limit", 1, _BYTES_LIMIT))  # see Bandwidth on queues
    buffer = part.needed("buffer", part.whole("buffer", 1, _BYTES_LIMIT))
    part.done()
    return lambda: Bandwidth(rate, buffer)


def _partition(_: Fields) -> _Make:
    return Partition


def _netem(spec: Fields) -> _Make:
    """Several of netem's faults at once."""
    parts = {"delay": _delay, "loss": _loss}
    makes = [read(spec) for name, read in parts.items() if spec.optional(name) is not None]
    if not makes:
        raise ChaosInvalidError("spec.delay", f"Required value: this, or one of {', '.join(parts)}")
    return lambda: Combined(tuple(make() for make in makes))


_ACTIONS: dict[str, Callable[[Fields], _Make]] = {
    "delay": _delay,
    "loss": _loss,
    "bandwidth": _bandwidth,
    "partition": _partition,
}
