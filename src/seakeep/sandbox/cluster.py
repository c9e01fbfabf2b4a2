"""The sandbox's cluster: its pods, the deployment that wants them, and the links between them."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import uuid
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from seakeep.sandbox.chaos_cores import Cores
from seakeep.sandbox.container import ContainerCommand
from seakeep.sandbox.deployment import Deployment
from seakeep.sandbox.fault_proxy import FaultProxy
from seakeep.sandbox.link import Link
from seakeep.sandbox.pods import Owner, Pod, PodTemplate

__all__ = ["INGRESS", "NAMESPACE", "STORE_SET", "Cluster"]

NAMESPACE = "seakeep-sandbox"
INGRESS = "ingress"
_STORE = "sandbox-store-0"
_APP = PodTemplate(NAMESPACE, {"app": "sandbox-app"}, "app", probe_path="/ready", grace_s=30.0)
_STORE_TEMPLATE = PodTemplate(NAMESPACE, {"app": "sandbox-store"}, "store", restart=False)
STORE_SET = Owner("StatefulSet", "sandbox-store", str(uuid.uuid4()))
"""What the store's pod belongs to."""


class Cluster:
    """Everything that runs, by name.

    Attributes:
        deployment: The Deployment `sandbox-app`.
        cores: Which core each pod under CPU stress is tied to.
        ready_changed: Set whenever a pod's state changed; whoever waits for it clears it.
        observers: Called whenever anything changed, with the pod if it was one.
    """

    def __init__(self, directory: Path, replicas: int = 3, *, restarts: bool = True) -> None:
        self._directory = directory
        self._pods: dict[str, Pod] = {}
        self._proxies: dict[str, FaultProxy] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._revisions = itertools.count(1)
        self._closing = False
        self.revision = 0
        self.cores = Cores()
        self.created_at = datetime.now(UTC)
        self.uid = str(uuid.uuid4())
        self.ready_changed = asyncio.Event()
        self.observers: list[Callable[[Pod | None], None]] = []
        self.deployment = Deployment(
            "sandbox-app",
            replace(_APP, restart=restarts),
            self._live_app_pods,
            self._create_app_pod,
            self._begin_delete,
            replicas,
        )

    def start(self) -> None:
        """Create the store's pod and the deployment's."""
        self._create_store_pod()
        self.deployment.reconcile()

    async def close(self) -> None:
        """Stop every container and every link."""
        self._closing = True
        await asyncio.gather(*(self._delete(pod, 1.0) for pod in self.pods()))
        for task in tuple(self._tasks):
            task.cancel()
        for proxy in self._proxies.values():
            await proxy.close()

    def pods(self) -> tuple[Pod, ...]:
        """All pods, oldest first."""
        return tuple(self._pods.values())

    def pod(self, name: str) -> Pod | None:
        """The pod of that name."""
        return self._pods.get(name)

    def app_pods(self) -> Iterator[Pod]:
        """The pods that answer the ingress, also those being deleted."""
        return (pod for pod in self._pods.values() if pod.owner.kind == "ReplicaSet")

    @property
    def store(self) -> Pod | None:
        """The store's pod."""
        return self._pods.get(_STORE)

    def links(self) -> Iterator[Link]:
        """Every link between two places."""
        for pod in self.app_pods():
            yield pod.link
            if pod.name in self._proxies:
                yield self._proxies[pod.name].link

    def next_revision(self, pod: Pod | None = None) -> int:
        """Something changed: a number newer than all before, and every observer is told."""
        self.revision = next(self._revisions)
        for observer in self.observers:
            observer(pod)
        return self.revision

    def delete(self, pod: Pod, grace_s: float | None) -> None:
        """Begin to delete a pod; its controller replaces it at once.

        Args:
            pod: Which.
            grace_s: Its grace period in seconds; None for the pod's own.
        """
        self._begin_delete(pod, grace_s)
        if pod.owner.kind == "ReplicaSet":
            self.deployment.reconcile()

    def _live_app_pods(self) -> Iterator[Pod]:
        return (pod for pod in self.app_pods() if pod.deleting_since is None)

    def _begin_delete(self, pod: Pod, grace_s: float | None = None) -> None:
        if pod.deleting_since is not None and (grace_s is None or grace_s >= pod.deletion_grace_s):
            return
        pod.deleting_since = pod.deleting_since or datetime.now(UTC)
        self._spawn(self._delete(pod, pod.template.grace_s if grace_s is None else grace_s))

    async def _delete(self, pod: Pod, grace_s: float) -> None:
        await pod.delete(grace_s)
        if self._pods.get(pod.name) is not pod:  # deleted twice, and gone with the first
            return
        del self._pods[pod.name]
        self.next_revision(pod)
        shutil.rmtree(pod.command.directory, ignore_errors=True)
        proxy = self._proxies.pop(pod.name, None)
        if proxy is not None:
            await proxy.close()
        if pod.name == _STORE and not self._closing:
            self._create_store_pod()

    def _create_app_pod(self, name: str, template: PodTemplate, owner: Owner) -> None:
        if not self._closing:
            command = self._command("seakeep.sandbox.app_server", name)
            pod = Pod(name, template, command, Link(INGRESS, name), owner, self._changed)
            self._pods[name] = pod
            self._proxies[name] = FaultProxy(Link(name, _STORE))
            self.next_revision(pod)
            self._spawn(self._open_app_pod(pod, self._proxies[name]))

    async def _open_app_pod(self, pod: Pod, proxy: FaultProxy) -> None:
        """Open the pod's way to the store, then let its container start."""
        proxy.link.address = self.store.link.address if self.store else None
        await proxy.open()
        place = ("--store-port", str(proxy.port), "--directory", str(self._directory))
        pod.command = replace(pod.command, arguments=("--pod", pod.name, *place))
        if pod.deleting_since is None:
            pod.start()

    def _create_store_pod(self) -> None:
        command = self._command("seakeep.sandbox.store_server", _STORE)
        link = Link(INGRESS, _STORE)
        pod = Pod(_STORE, _STORE_TEMPLATE, command, link, STORE_SET, self._changed)
        self._pods[_STORE] = pod
        self.next_revision(pod)
        pod.start()

    def _changed(self, pod: Pod) -> None:
        if pod.name == _STORE:
            for proxy in self._proxies.values():
                proxy.link.address = pod.link.address
        elif not self._closing:
            self.deployment.reconcile()  # one pod more that works may let another go
        self.ready_changed.set()
        self.next_revision(pod)

    def _command(self, module: str, name: str) -> ContainerCommand:
        """What the container of a pod runs, in a directory of the pod's own."""
        directory = self._directory / "pods" / name
        directory.mkdir(parents=True, exist_ok=True)
        return ContainerCommand(module, (), directory)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
