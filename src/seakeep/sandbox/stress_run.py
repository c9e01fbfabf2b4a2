"""The stress processes of one container: together they start, and together they end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from seakeep.sandbox.chaos_cores import Cores
from seakeep.sandbox.chaos_record import InjectionError
from seakeep.sandbox.container import Container
from seakeep.sandbox.kubernetes_objects import timestamp
from seakeep.sandbox.pod_memory import stressor_file
from seakeep.sandbox.stressor_process import StressorProcess

__all__ = ["StressRun"]

_CPU = "--load-percent"


class StressRun:
    """Processes that share a container's core, and its end, as if they were in it.

    Attributes:
        over: Whether all of them have ended.
    """

    def __init__(
        self, container: Container, directory: Path, cores: Cores, lost: Callable[[str], None]
    ) -> None:
        """Prepare a run.

        Args:
            container: Beside which.
            directory: Its pod's own, where it finds which processes are in the pod besides it.
            cores: Who ties processes to cores.
            lost: Called, with the reason, when it ends without being asked to.
        """
        self._container = container
        self._directory = directory
        self._pid = container.pid or 0
        self._cores = cores
        self._lost = lost
        self.over = False
        self._pinned = False
        self._processes: list[StressorProcess] = []
        self._watching: asyncio.Task[None] | None = None
        self._started_at = datetime.now(UTC)

    async def start(self, options: Sequence[tuple[str, ...]]) -> None:
        """Start a process for each of the options; return when all are under way.

        Raises:
            InjectionError: One of them can't do its work.
        """
        cpu = any(_CPU in found for found in options)
        core = self._pin() if cpu else None
        for found in options:
            more = ("--core", str(core)) if _CPU in found else ()
            self._processes.append(StressorProcess(*found, *more))
        starts = (process.start() for process in self._processes)
        # All of them, even if one fails: none may be on its way up when they are ended.
        for result in await asyncio.gather(*starts, return_exceptions=True):
            if isinstance(result, BaseException):
                raise result
        self._note()
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def end(self) -> None:
        """Kill them all; the container has its cores again.

        Raises:
            InjectionError: One of them is still there.
        """
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        await asyncio.gather(*(process.end() for process in self._processes))
        self.over = True
        for process in self._processes:
            (self._directory / stressor_file(process.pid)).unlink(missing_ok=True)
        if self._pinned:
            self._pinned = False
            self._cores.release(self._pid)

    def as_json(self) -> dict[str, str]:
        """The processes and when they began, as one of Chaos Mesh's `instances`."""
        pids = ",".join(str(process.pid) for process in self._processes)
        return {"uid": pids, "startTime": timestamp(self._started_at)}

    def _note(self) -> None:
        for process in self._processes:
            with contextlib.suppress(
                OSError
            ):  # the pod is being deleted, and its directory with it
                (self._directory / stressor_file(process.pid)).touch()

    def _pin(self) -> int:
        try:
            core = self._cores.pin(self._pid)
        except OSError as error:
            raise InjectionError(f"the container can't be tied to a core: {error}") from None
        self._pinned = True
        return core

    async def _watch(self) -> None:
        """When the container ends, or one of the processes, all of them do."""
        waits = [asyncio.ensure_future(process.ended()) for process in self._processes]
        waits.append(asyncio.ensure_future(self._container_ended()))
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        why = next(iter(done)).result()
        with contextlib.suppress(InjectionError):  # said again by whoever recovers it
            await self.end()
        self._lost(why)

    async def _container_ended(self) -> str:
        code = await self._container.wait()
        return f"the container ended with code {code}"
