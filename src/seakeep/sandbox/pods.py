"""Pods, and the kubelet's part in their lives: start, probe, restart, stop."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from seakeep.sandbox.container import Container, ContainerCommand, ContainerNotStartedError
from seakeep.sandbox.link import Link
from seakeep.sandbox.upstream import ConnectFailedError, ConnectionBrokenError, PodClient

__all__ = ["Owner", "Phase", "Pod", "PodTemplate"]

Phase = Literal["Pending", "Running", "Succeeded", "Failed"]

_PROBE_PERIOD_S = 0.25
_PROBE_LIMIT_S = 2.0
_PROBE_FAILURES = 2  # in a row, before a ready pod counts as unready
_FIRST_BACKOFF_S = 0.1
_LAST_BACKOFF_S = 5.0
_BACKOFF_RESET_S = 10.0  # a container that ran this long starts afresh


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller a pod belongs to."""

    kind: str
    name: str
    uid: str


@dataclass(frozen=True, slots=True)
class PodTemplate:
    """What a pod is made from.

    Attributes:
        namespace: Its namespace.
        labels: Its labels.
        restart: Whether the kubelet starts its container again after an exit.
        probe_path: The path of its readiness probe; empty when running is ready enough.
        grace_s: The grace period of a delete that names none.
    """

    namespace: str
    labels: dict[str, str]
    container_name: str
    restart: bool = True
    probe_path: str = ""
    grace_s: float = 30.0


@dataclass(eq=False)
class Pod:
    """One pod and its container.

    Attributes:
        link: The wire from the ingress, which the readiness probe uses too.
        unready_reason: Why it takes no requests; empty when it is ready.
        deleting_since: When its deletion began.
    """

    name: str
    template: PodTemplate
    command: ContainerCommand
    link: Link
    owner: Owner
    changed: Callable[[Pod], None]
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    phase: Phase = "Pending"
    unready_reason: str = "the container is starting"
    ready_since: datetime | None = None
    restarts: int = 0
    revision: int = 0
    deleting_since: datetime | None = None
    deletion_grace_s: float = 0.0
    container: Container | None = None
    last_container: Container | None = None

    def __post_init__(self) -> None:
        self.client = PodClient(self.link)
        self._probe_client = PodClient(self.link)
        self._may_run = asyncio.Event()
        self._may_run.set()
        self._suspended_by: set[str] = set()
        self._life: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether it takes requests."""
        return not self.unready_reason and self.deleting_since is None

    def start(self) -> None:
        """Begin its life: the container starts soon."""
        self._life = asyncio.get_running_loop().create_task(self._live())

    async def delete(self, grace_s: float) -> None:
        """Take it out of rotation, stop its container and wait until it has gone."""
        if self.deleting_since is None:
            self.deleting_since = datetime.now(UTC)
        self.deletion_grace_s = grace_s
        self.changed(self)
        if self.container is not None:
            await self.container.stop(grace_s)
        if self._life is not None:
            self._life.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._life
        # A container that was on its way up when the life was cut must not stay behind.
        if self.container is not None:
            await self.container.stop(0)
        self.client.close()
        self._probe_client.close()

    def suspend(self, name: str) -> None:
        """Kill the container and keep it down until `resume` of the same name."""
        self._suspended_by.add(name)
        self._may_run.clear()
        self.kill_container()

    def resume(self, name: str) -> None:
        """Let the container start again, unless another name still keeps it down."""
        self._suspended_by.discard(name)
        if not self._suspended_by:
            self._may_run.set()

    def kill_container(self) -> None:
        """SIGKILL to the container's process; the kubelet does what its policy says."""
        if self.container is not None:
            self.container.signal(signal.SIGKILL)

    async def _live(self) -> None:
        backoff_s = _FIRST_BACKOFF_S
        while True:
            await self._may_run.wait()
            began = time.monotonic()
            code = await self._run_container()
            suspended = not self._may_run.is_set()
            if not self.template.restart and not suspended:
                self.phase = "Failed" if code else "Succeeded"
                self.changed(self)
                return
            if time.monotonic() - began > _BACKOFF_RESET_S:
                backoff_s = _FIRST_BACKOFF_S
            await asyncio.sleep(backoff_s)
            backoff_s = min(2 * backoff_s, _LAST_BACKOFF_S)
            await self._may_run.wait()
            self.restarts += 1

    async def _run_container(self) -> int:
        """Run the container once, probing it, to its exit code."""
        self.last_container, self.container = self.container, Container(self.command)
        container = self.container
        try:
            await container.start()
        except ContainerNotStartedError as error:
            self._unready(f"the container did not start: {error}")
            return container.exit_code or 1
        self.link.address = ("127.0.0.1", container.port or 0)
        self.phase = "Running"
        probing = asyncio.get_running_loop().create_task(self._probe())
        try:
            code = await container.wait()
        finally:
            self.link.address = None
            probing.cancel()
        self._unready(f"container exited with code {code}")
        return code

    async def _probe(self) -> None:
        failures = 0
        while self.template.probe_path:
            failure = await self._probe_once()
            failures = failures + 1 if failure else 0
            if not failure:
                self._become_ready()
            elif failures >= _PROBE_FAILURES or not self.ready:
                self._unready(f"readiness probe failed: {failure}")
            await asyncio.sleep(_PROBE_PERIOD_S)
        self._become_ready()

    async def _probe_once(self) -> str:
        """Why the pod is not ready; empty when it is."""
        try:
            answer = await self._probe_client.get(self.template.probe_path, _PROBE_LIMIT_S)
        except TimeoutError:
            return f"no answer within {_PROBE_LIMIT_S:g} s"
        except (ConnectFailedError, ConnectionBrokenError) as error:
            return str(error)
        return "" if answer.status == 200 else f"HTTP {answer.status}: {_error(answer.body)}"

    def _become_ready(self) -> None:
        if self.unready_reason:
            self.unready_reason = ""
            self.ready_since = datetime.now(UTC)
            self.changed(self)

    def _unready(self, reason: str) -> None:
        if reason != self.unready_reason:
            self.unready_reason = reason
            self.ready_since = None
            self.changed(self)


def _error(body: bytes) -> str:
    """What the answer itself gives as the reason."""
    try:
        return str(json.loads(body)["error"])
    except (ValueError, KeyError, TypeError):
        return body[:100].decode("utf-8", "replace")
