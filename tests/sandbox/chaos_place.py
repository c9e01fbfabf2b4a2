"""A cluster with no more than the store's pod, and chaos on it without the API in between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from seakeep.sandbox.chaos_experiment import FINALIZER, Experiment
from seakeep.sandbox.chaos_mesh import ChaosController
from seakeep.sandbox.cluster import NAMESPACE, Cluster


class Place:
    """A cluster, its controller, and how a test asks for chaos."""

    def __init__(self, directory: Path) -> None:
        self.cluster = Cluster(directory)
        self.cluster.deployment.replicas = 0
        self.controller = ChaosController(self.cluster)

    async def create(self, plural: str, **spec: Any) -> Experiment:  # noqa: ANN401 - as clients send it
        scope = {"mode": "all", "selector": {"labelSelectors": {"app": "sandbox-store"}}}
        manifest = {"metadata": {"name": "broken"}, "spec": {**scope, **spec}}
        experiment = Experiment(plural, manifest, NAMESPACE)
        self.controller.create(experiment)
        await experiment.settle(10)
        return experiment

    async def delete(self, experiment: Experiment) -> None:
        self.controller.delete(experiment)
        await experiment.settle(5)

    def annotate(self, experiment: Experiment, annotations: dict[str, str]) -> None:
        self.controller.annotate(experiment, {}, annotations, [FINALIZER])

    @property
    def container_pid(self) -> int:
        assert self.cluster.store is not None
        assert self.cluster.store.container is not None
        return self.cluster.store.container.pid or 0


def on_a_cluster(tmp_path: Path, body: Callable[[Place], Awaitable[None]]) -> None:
    async def run() -> None:
        place = Place(tmp_path)
        place.cluster.start()
        try:
            async with asyncio.timeout(30):
                await holds(lambda: place.cluster.store is not None and place.cluster.store.ready)
                await body(place)
        finally:
            await place.controller.close()
            await place.cluster.close()

    asyncio.run(run())


async def holds(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(8):
        while not condition():  # noqa: ASYNC110 - processes of the system set no event
            await asyncio.sleep(0.01)


def conditions(experiment: Experiment) -> dict[str, bool]:
    found = experiment.status()["conditions"]
    return {entry["type"]: entry["status"] == "True" for entry in found}


def events(experiment: Experiment) -> list[tuple[str, str]]:
    (record,) = experiment.status()["experiment"]["containerRecords"]
    return [(event["operation"], event["type"]) for event in record["events"]]


def pids(experiment: Experiment) -> list[int]:
    return [
        int(pid)
        for instance in experiment.status()["instances"].values()
        for pid in instance["uid"].split(",")
    ]
