"""StressChaos: CPU and memory taken from the chosen pods, by real processes beside them.

https://chaos-mesh.org/docs/simulate-heavy-stress-on-kubernetes/
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from seakeep.sandbox.chaos_record import InjectionError, Record
from seakeep.sandbox.chaos_selector import PodChoice
from seakeep.sandbox.chaos_spec import ChaosInvalidError, Fields
from seakeep.sandbox.chaos_units import MemorySize
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.pods import Pod
from seakeep.sandbox.stress_run import StressRun

__all__ = ["StressChaos", "Stressors"]

POD_MEMORY_BYTES = 512 * 1024 * 1024
"""What a percentage of memory is of: the limit of a pod that its health check names."""

_WORKERS_LIMIT = 16  # each is a process; Chaos Mesh's own limit is 8192


@dataclass(frozen=True, slots=True)
class Stressors:
    """What to take from each pod.

    Attributes:
        cpu_workers: How many processes burn CPU time.
        load_percent: How much of a core each of them burns.
        memory_workers: How many processes hold memory.
        memory_bytes: How much they hold, all together.
    """

    cpu_workers: int
    load_percent: int
    memory_workers: int
    memory_bytes: int

    @classmethod
    def read(cls, fields: Fields) -> Stressors:
        """The stressors a spec asks for: `cpu`, `memory`, or both."""
        cpu, memory = fields.optional_part("cpu"), fields.optional_part("memory")
        fields.done()
        if cpu is None and memory is None:
            raise ChaosInvalidError(fields.path, "Required value: cpu, memory, or both")
        load_percent, size = 0, MemorySize()
        if cpu is not None:
            load_percent = cpu.whole("load", 1, 100) or 100  # stress-ng's own default
        if memory is not None:
            size = memory.needed("size", memory.parsed("size", MemorySize.parse))
        workers = [_workers(part) for part in (cpu, memory)]
        return cls(workers[0], load_percent, workers[1], size.of(POD_MEMORY_BYTES))


class StressChaos:
    """Stress beside the containers of the chosen pods.

    Attributes:
        one_shot: Never: it lasts.
    """

    one_shot = False

    def __init__(
        self, stressors: Stressors, choice: PodChoice, containers: tuple[str, ...]
    ) -> None:
        """Keep what was read; without containers it is the first one of each pod."""
        self._stressors = stressors
        self._choice = choice
        self._containers = containers
        self._runs: dict[Record, StressRun] = {}

    @classmethod
    def read(cls, spec: Fields, namespace: str) -> StressChaos:
        """The stress a spec asks for."""
        choice = PodChoice.read(spec, namespace)
        spec.optional("direction")  # chaosk8s sends it; a cluster drops it, since it means nothing
        stressors = Stressors.read(spec.part("stressors"))
        return cls(stressors, choice, spec.texts("containerNames"))

    def select(self, pods: Sequence[Pod]) -> list[Record]:
        """The chosen containers."""
        found = [
            Record(pod, container=pod.template.container_name) for pod in self._choice.choose(pods)
        ]
        wanted = self._containers
        return [record for record in found if not wanted or record.container in wanted]

    async def apply(self, cluster: Cluster, record: Record, name: str) -> None:  # noqa: ARG002
        """Start the processes beside that container, and return when all are under way.

        Raises:
            InjectionError: The container does not run, or one of them can't do its work.
        """
        await self._end(record)  # what is left of a run that was lost
        container = record.pod.container
        if container is None or not container.running:
            raise InjectionError("the container does not run")
        directory = record.pod.command.directory
        run = StressRun(container, directory, cluster.cores, record.lost)
        self._runs[record] = run
        try:
            await run.start(self._options())
        except BaseException:
            # Also when it is cancelled: nothing may stay behind.
            await asyncio.shield(self._end(record))
            raise

    async def recover(self, cluster: Cluster, record: Record, name: str) -> None:  # noqa: ARG002
        """End the processes.

        Raises:
            InjectionError: One of them is still there.
        """
        await self._end(record)

    def status(self) -> dict[str, object]:
        """The processes of each container, under `instances` as Chaos Mesh has them."""
        running = {record.id: run for record, run in self._runs.items() if not run.over}
        return {"instances": {id_: run.as_json() for id_, run in running.items()}}

    async def _end(self, record: Record) -> None:
        run = self._runs.get(record)
        if run is not None:
            await run.end()
            del self._runs[record]

    def _options(self) -> list[tuple[str, ...]]:
        """The options of each process, without its core."""
        wanted = self._stressors
        load = ("--load-percent", str(wanted.load_percent))
        options: list[tuple[str, ...]] = [load] * wanted.cpu_workers
        if wanted.memory_workers:
            share = wanted.memory_bytes // wanted.memory_workers
            options += [("--memory-bytes", str(share))] * wanted.memory_workers
        return options


def _workers(fields: Fields | None) -> int:
    if fields is None:
        return 0
    workers = fields.needed("workers", fields.whole("workers", 1, _WORKERS_LIMIT))
    fields.done()
    return workers
