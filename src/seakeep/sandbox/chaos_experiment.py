"""One chaos object: what it asks for, what it wants to be now, and what it says of itself.

Conditions: `diffConditions` in Chaos Mesh's controllers/common/condition/controller.go.
Phases: `CalcDesiredPhase` in its controllers/common/desiredphase/controller.go.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from seakeep.sandbox.chaos_record import Record
from seakeep.sandbox.chaos_spec import ChaosInvalidError, Fields
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.network_chaos import NetworkChaos
from seakeep.sandbox.pod_chaos import PodChaos
from seakeep.sandbox.pods import Pod
from seakeep.sandbox.stress_chaos import StressChaos

__all__ = ["FINALIZER", "KINDS", "Experiment", "Injection", "Phase"]

FINALIZER = "chaos-mesh/records"
"""What keeps a deleted object until its fault is taken back."""

Phase = Literal["Run", "Stop"]
_PAUSE = "experiment.chaos-mesh.org/pause"
_CLEAN = "chaos-mesh.chaos-mesh.org/cleanFinalizer"


class Injection(Protocol):
    """What an experiment does to pods."""

    @property
    def one_shot(self) -> bool:
        """Whether there is nothing to recover."""
        ...

    def select(self, pods: Sequence[Pod]) -> list[Record]:
        """Choose the targets, once and for all."""
        ...

    async def apply(self, cluster: Cluster, record: Record, name: str) -> None:
        """Put the fault in place; on an error, or cancelled, nothing of it is left.

        Raises:
            InjectionError: That did not work.
        """
        ...

    async def recover(self, cluster: Cluster, record: Record, name: str) -> None:
        """Take the fault back; no error if it is not in place.

        Raises:
            InjectionError: That did not work.
        """
        ...

    def status(self) -> dict[str, object]:
        """What it adds to the object's status."""
        ...


KINDS: dict[str, tuple[str, Callable[[Fields, str], Injection]]] = {
    "networkchaos": ("NetworkChaos", NetworkChaos.read),
    "podchaos": ("PodChaos", PodChaos.read),
    "stresschaos": ("StressChaos", StressChaos.read),
}
"""The kind and the reader of each plural."""


class Experiment:
    """A chaos object and what has become of it.

    Attributes:
        spec: What was asked for; it never changes.
        records: Its targets, as chosen when it was created.
        deleted_at: When its deletion was asked for.
        stir: Set when it has to be looked at again.
        settled: Set when everything that can be done now is done.
    """

    def __init__(self, plural: str, manifest: Mapping[str, Any], namespace: str) -> None:
        """Read what a manifest asks for.

        Raises:
            ChaosInvalidError: It makes no sense, or can't be done here.
        """
        self.kind, read = KINDS[plural]
        spec = Fields(manifest.get("spec"), "spec")
        self.injection = read(spec, namespace)
        self.duration_s = spec.seconds("duration")
        if self.duration_s == 0:
            raise ChaosInvalidError("spec.duration", "Invalid value: wanted more than 0")
        spec.done()
        metadata = manifest["metadata"]
        self.plural = plural
        self.namespace = namespace
        self.name: str = metadata["name"]
        self.spec: dict[str, Any] = copy.deepcopy(dict(manifest["spec"]))
        self.labels: dict[str, str] = dict(metadata.get("labels") or {})
        self.annotations: dict[str, str] = dict(metadata.get("annotations") or {})
        self.finalizers: list[str] = list(metadata.get("finalizers") or [])
        self.uid = str(uuid.uuid4())
        self.created_at = datetime.now(UTC)
        self._born_s = time.monotonic()
        self.deleted_at: datetime | None = None
        self.revision = 0
        self.generation = 1
        self.records: list[Record] = []
        self.stir = asyncio.Event()
        self.settled = asyncio.Event()

    @property
    def fault_name(self) -> str:
        """The name of its faults on links and pods."""
        return f"{self.kind}/{self.uid}"

    @property
    def paused(self) -> bool:
        """Whether its annotation says so."""
        return self.annotations.get(_PAUSE) == "true"

    @property
    def phase(self) -> Phase:
        """What it wants to be just now."""
        if self.deleted_at is not None:
            return "Stop"
        if self.injection.one_shot:
            return "Run"
        return "Stop" if self.left_s == 0 or self.paused else "Run"

    @property
    def left_s(self) -> float | None:
        """The seconds until its duration is over, counted from its creation; None without one."""
        if self.duration_s is None:
            return None
        return max(0.0, self._born_s + self.duration_s - time.monotonic())

    @property
    def over(self) -> bool:
        """Whether nothing keeps it any more after its deletion."""
        if self.deleted_at is None:
            return False
        recovered = not any(record.injected for record in self.records)
        return recovered or not self.finalizers or self.annotations.get(_CLEAN) == "forced"

    async def settle(self, within_s: float) -> None:
        """Wait until everything that can be done now is done, but no longer than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self.settled.wait()

    def status(self) -> dict[str, Any]:
        """The object's `status`, true at this very moment."""
        injected = [record.injected for record in self.records]
        conditions = {
            "Selected": bool(injected),
            "AllInjected": bool(injected) and all(injected),
            "AllRecovered": bool(injected) and not any(injected),
            "Paused": self.paused,
        }
        return {
            "conditions": [
                {"type": name, "status": str(holds)} for name, holds in conditions.items()
            ],
            "experiment": {
                "desiredPhase": self.phase,
                "containerRecords": [record.as_json() for record in self.records],
            },
            **self.injection.status(),
        }
