"""The Chaos Mesh controller: brings every experiment to what it wants to be, and keeps at it.

https://chaos-mesh.org/docs/inspect-chaos-experiments/
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from seakeep.sandbox.chaos_experiment import FINALIZER, Experiment
from seakeep.sandbox.chaos_record import InjectionError, Record
from seakeep.sandbox.cluster import Cluster

__all__ = ["RECOVERY_FAILS", "Change", "ChaosController"]

RECOVERY_FAILS = "sandbox.seakeep.dev/recovery"
"""The annotation that, with the value "fails", lets no recovery succeed: to see what hangs."""

Change = Literal["ADDED", "MODIFIED", "DELETED"]
_LIMIT_S = 10.0  # for one target to be broken, or to be mended
_FIRST_RETRY_S = 0.5
_LAST_RETRY_S = 8.0


class ChaosController:
    """Holds the experiments; each has a task that looks after it until it is gone.

    Attributes:
        listeners: Called with each change of an object, after it happened.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.listeners: list[Callable[[Change, Experiment], None]] = []
        self._cluster = cluster
        self._experiments: dict[tuple[str, str], Experiment] = {}
        self._tasks: dict[Experiment, asyncio.Task[None]] = {}
        self._applying: dict[Experiment, asyncio.Task[bool]] = {}

    @property
    def revision(self) -> int:
        """The newest resource version there is."""
        return self._cluster.revision

    def experiments(self, plural: str) -> tuple[Experiment, ...]:
        """All experiments of a kind, oldest first."""
        return tuple(found for (kind, _), found in self._experiments.items() if kind == plural)

    def find(self, plural: str, name: str) -> Experiment | None:
        """The experiment of that name."""
        return self._experiments.get((plural, name))

    def create(self, experiment: Experiment) -> None:
        """Take an experiment in, choose its targets, and begin to inject it."""
        experiment.finalizers = [*dict.fromkeys([*experiment.finalizers, FINALIZER])]
        experiment.records = experiment.injection.select(self._cluster.pods())
        for record in experiment.records:
            record.changed = lambda: self._touch(experiment)
        self._experiments[experiment.plural, experiment.name] = experiment
        self._tasks[experiment] = asyncio.get_running_loop().create_task(self._live(experiment))
        self._note("ADDED", experiment)

    def delete(self, experiment: Experiment) -> None:
        """Begin to recover an experiment; once it is recovered, it is gone."""
        if experiment.deleted_at is None:
            experiment.deleted_at = datetime.now(UTC)
            self._touch(experiment)

    def annotate(
        self,
        experiment: Experiment,
        labels: dict[str, str],
        annotations: dict[str, str],
        finalizers: list[str],
    ) -> None:
        """Replace what may be changed of an object.

        The finalizer comes back until the object is deleted; afterwards none can be added.
        """
        experiment.labels, experiment.annotations = labels, annotations
        if experiment.deleted_at is None:
            finalizers = [*dict.fromkeys([*finalizers, FINALIZER])]
        else:
            finalizers = [name for name in finalizers if name in experiment.finalizers]
        experiment.finalizers = finalizers
        self._touch(experiment)

    async def close(self) -> None:
        """Take every fault back and forget all objects."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for experiment in tuple(self._experiments.values()):
            await self._recover_all(experiment)
        self._experiments.clear()

    async def _live(self, experiment: Experiment) -> None:
        """Bring it to what it wants to be, again whenever that, or what it is, has changed."""
        retry_s = _FIRST_RETRY_S
        while not experiment.over:
            experiment.stir.clear()
            running = experiment.phase == "Run"
            done = await (self._run(experiment) if running else self._recover_all(experiment))
            if experiment.over or experiment.stir.is_set():
                continue
            experiment.settled.set()
            waits = [retry_s] if not done else []
            waits += [experiment.left_s] if running and experiment.left_s is not None else []
            retry_s = _FIRST_RETRY_S if done else min(2 * retry_s, _LAST_RETRY_S)
            await _wait(experiment.stir, min(waits, default=None))
            if running and experiment.left_s == 0:
                self._note("MODIFIED", experiment)
        self._forget(experiment)

    async def _run(self, experiment: Experiment) -> bool:
        """Inject it; given up as soon as it wants to stop. Whether all that can be is injected."""
        task = asyncio.get_running_loop().create_task(self._apply_all(experiment))
        self._applying[experiment] = task
        try:
            await asyncio.wait({task}, timeout=experiment.left_s)
            return task.done() and not task.cancelled() and task.result()
        finally:
            del self._applying[experiment]
            if not task.done():
                task.cancel()
                await asyncio.wait({task})

    async def _apply_all(self, experiment: Experiment) -> bool:
        targets = [record for record in experiment.records if not record.injected]
        return all(await asyncio.gather(*(self._apply(experiment, found) for found in targets)))

    async def _apply(self, experiment: Experiment, record: Record) -> bool:
        """Break one target; False to try again."""
        if self._cluster.pod(record.pod.name) is not record.pod:
            why, again = "the pod is gone", False  # and its replacement is not chosen
        else:
            why = await self._break(experiment, record)
            again = bool(why)
        if record.failed("Apply", why) if why else record.applied():
            self._note("MODIFIED", experiment)
        return not again

    async def _break(self, experiment: Experiment, record: Record) -> str:
        """Why it could not be injected; empty when it is."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                await experiment.injection.apply(self._cluster, record, experiment.fault_name)
        except (InjectionError, TimeoutError) as error:
            return str(error) or f"not within {_LIMIT_S:g} s"
        return ""

    async def _recover_all(self, experiment: Experiment) -> bool:
        targets = [record for record in experiment.records if record.injected]
        return all(await asyncio.gather(*(self._recover(experiment, found) for found in targets)))

    async def _recover(self, experiment: Experiment, record: Record) -> bool:
        """Mend one target; False to try again."""
        if experiment.annotations.get(RECOVERY_FAILS) == "fails":
            why = f"{RECOVERY_FAILS}: fails"
        else:
            why = await self._mend(experiment, record)
        if record.failed("Recover", why) if why else record.recovered():
            self._note("MODIFIED", experiment)
        return not why

    async def _mend(self, experiment: Experiment, record: Record) -> str:
        """Why it could not be recovered; empty when it is."""
        try:
            async with asyncio.timeout(_LIMIT_S):
                await experiment.injection.recover(self._cluster, record, experiment.fault_name)
        except (InjectionError, TimeoutError) as error:
            return str(error) or f"not within {_LIMIT_S:g} s"
        return ""

    def _touch(self, experiment: Experiment) -> None:
        """Look at it again, soon: it is, or wants to be, something else than before."""
        experiment.settled.clear()
        experiment.stir.set()
        if experiment.phase == "Stop" and experiment in self._applying:
            self._applying[experiment].cancel()
        self._note("MODIFIED", experiment)

    def _forget(self, experiment: Experiment) -> None:
        self._experiments.pop((experiment.plural, experiment.name), None)
        self._tasks.pop(experiment, None)
        experiment.settled.set()
        self._note("DELETED", experiment)

    def _note(self, change: Change, experiment: Experiment) -> None:
        experiment.revision = self._cluster.next_revision()
        for listener in self.listeners:
            listener(change, experiment)


async def _wait(event: asyncio.Event, timeout_s: float | None) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return
