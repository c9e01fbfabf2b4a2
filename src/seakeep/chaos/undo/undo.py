"""What takes a fault back: the same steps after a run, on a breach, and after a crash."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import ClassVar, Protocol

from seakeep.chaos.kubernetes.cluster import Cluster, ObjectRef, PodState
from seakeep.chaos.toxiproxy.server import Toxiproxy
from seakeep.chaos.undo.reach import Reach
from seakeep.errors import FaultError, RollbackError, UsageError

__all__ = ["AwaitPods", "DeleteObject", "RemoveToxic", "Undo", "undo_from_json", "wait_until"]

_POLL_S = 0.1
_ON_ITS_WAY_S = 0.3  # loopback takes a thousandth of it, a continent's network a third


class Undo(Protocol):
    """The way back from one fault. Carried out any number of times, it does no harm."""

    @property
    def namespace(self) -> str:
        """The namespace it happens in; empty when it is in no cluster."""
        ...

    @property
    def ends_by_itself(self) -> bool:
        """Whether the platform heals this fault without being asked."""
        ...

    def is_done(self, reach: Reach) -> bool:
        """Return whether nothing is left of the fault."""
        ...

    def carry_out(self, reach: Reach, deadline_s: float) -> None:
        """Take the fault back, and return when that is proven.

        Raises:
            RollbackError: It is not proven within the deadline.
        """
        ...

    def to_json(self) -> dict[str, object]:
        """Return what `undo_from_json` reads."""
        ...


@dataclass(frozen=True, slots=True)
class DeleteObject:
    """Deletes a Chaos Mesh object, and waits until it is gone.

    Chaos Mesh keeps a finalizer on the object until every pod has recovered, so that its absence
    is the proof: https://chaos-mesh.org/docs/clean-up-chaos-experiments/.
    """

    KIND: ClassVar[str] = "delete-object"

    plural: str
    namespace: str
    name: str

    @property
    def ref(self) -> ObjectRef:
        """Return where the object is."""
        return ObjectRef(self.plural, self.namespace, self.name)

    @property
    def ends_by_itself(self) -> bool:
        """Return that it does not: it stays until it is deleted."""
        return False

    def is_done(self, reach: Reach) -> bool:
        """Return whether the object is gone."""
        return reach.cluster.conditions(self.ref) is None

    def carry_out(self, reach: Reach, deadline_s: float) -> None:
        """Delete the object, and return when it is gone."""

        def gone() -> bool:
            reach.cluster.delete(self.ref)
            return self.is_done(reach)

        still = f"{self.ref} is not proven gone; its fault may be in place"
        _proven(gone, deadline_s, lambda: still)

    def to_json(self) -> dict[str, object]:
        """Return what `undo_from_json` reads."""
        return {"kind": self.KIND, **asdict(self)}


@dataclass(frozen=True, slots=True)
class AwaitPods:
    """Waits until killed pods are gone, and as many are ready again as before.

    A chosen pod that is not being deleted is no fault: the process died before the kill, or the
    cluster refused it. Nor is it one when fewer replicas are wanted by now.

    Attributes:
        namespace: Where the pods are.
        selector: Their labels.
        replicas: How many were ready before.
        killed_uids: Those that were chosen.
    """

    KIND: ClassVar[str] = "await-pods"

    namespace: str
    selector: str
    replicas: int
    killed_uids: tuple[str, ...]

    @property
    def ends_by_itself(self) -> bool:
        """Return that it does: their controller replaces them."""
        return True

    def is_done(self, reach: Reach) -> bool:
        """Return whether no chosen pod is on its way out, and enough are ready."""
        return not self._missing(reach.cluster)

    def carry_out(self, reach: Reach, deadline_s: float) -> None:
        """Return when the pods are replaced and ready."""
        missing = ""

        def whole() -> bool:
            nonlocal missing
            missing = self._missing(reach.cluster)
            return not missing

        _proven(whole, deadline_s, lambda: missing or f"{self._where} could not be seen")

    def to_json(self) -> dict[str, object]:
        """Return what `undo_from_json` reads."""
        return {"kind": self.KIND, **asdict(self)}

    @property
    def _where(self) -> str:
        return f"{self.selector} in {self.namespace}"

    def _missing(self, cluster: Cluster) -> str:
        """Return what is not as it was; empty when all is."""
        pods = cluster.pods(self.namespace, self.selector)
        ready = sum(pod.ready and not pod.deleting for pod in pods)
        leaving = sum(pod.uid in self.killed_uids and pod.deleting for pod in pods)
        wanted = self._wanted(cluster, pods)
        if ready >= wanted and not leaving:
            return ""
        killed = f"{leaving} killed {'pod' if leaving == 1 else 'pods'} not gone yet"
        return f"{self._where} had {ready} of {wanted} pods ready, {killed}"

    def _wanted(self, cluster: Cluster, pods: Sequence[PodState]) -> int:
        wanted = cluster.wanted_replicas(self.namespace, self.selector)
        if wanted is not None:
            return min(self.replicas, wanted)
        # Nobody can tell. Where there are no pods at all, they went with their controller.
        return self.replicas if pods else 0


@dataclass(frozen=True, slots=True)
class RemoveToxic:
    """Takes a toxic off a proxy of a Toxiproxy. No cluster is asked.

    A toxic has no duration of its own: it stays until somebody removes it.

    Attributes:
        url: Where the API is.
        proxy: The proxy's name.
        toxic: The toxic's name.
    """

    KIND: ClassVar[str] = "remove-toxic"

    url: str
    proxy: str
    toxic: str

    @property
    def namespace(self) -> str:
        """Return that it is in no cluster."""
        return ""

    @property
    def ends_by_itself(self) -> bool:
        """Return that it does not: it stays until it is removed."""
        return False

    def is_done(self, reach: Reach) -> bool:  # noqa: ARG002 - it is in no cluster
        """Return whether a Toxiproxy says that the toxic, or its proxy, is not there."""
        return self._server.toxic(self.proxy, self.toxic) is None

    def carry_out(self, reach: Reach, deadline_s: float) -> None:
        """Remove the toxic, and return when it is gone.

        One that was not there may be on its way, from a harness that was killed while it asked.
        So it has to be absent for a while, unless it was seen to go.
        """
        absent_since = math.inf

        def gone() -> bool:
            nonlocal absent_since
            seen_to_go = self._server.remove(self.proxy, self.toxic)
            if not self.is_done(reach):
                return False
            absent_since = min(absent_since, time.monotonic())
            return seen_to_go or time.monotonic() >= absent_since + _ON_ITS_WAY_S

        still = f"the toxic {self.toxic} on the proxy {self.proxy} of {self.url} may be in place"
        _proven(gone, deadline_s, lambda: still)

    def to_json(self) -> dict[str, object]:
        """Return what `undo_from_json` reads."""
        return {"kind": self.KIND, **asdict(self)}

    @property
    def _server(self) -> Toxiproxy:
        try:
            return Toxiproxy(self.url)
        except UsageError as error:  # nothing is proven by it
            raise FaultError(str(error)) from None


_KINDS: Mapping[str, Callable[..., DeleteObject | AwaitPods | RemoveToxic]] = {
    DeleteObject.KIND: DeleteObject,
    AwaitPods.KIND: AwaitPods,
    RemoveToxic.KIND: RemoveToxic,
}
"""Every kind, by what it is called in the ledger."""

_FITS: Mapping[object, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str) and bool(value),
    "int": lambda value: isinstance(value, int),
    "tuple[str, ...]": lambda value: isinstance(value, tuple) and all(map(_FITS["str"], value)),
}
"""What a field of a kind may hold, by its annotation."""


def undo_from_json(body: object) -> Undo:
    """Return the undo that was written.

    Raises:
        ValueError: It is of no known kind, or a field is not what it should be.
        TypeError: It is no mapping, or has not the fields of its kind.
    """
    if not isinstance(body, dict):
        raise TypeError(f"found the undo {body!r}; wanted a mapping")
    kind = _KINDS.get(str(body.get("kind")))
    if kind is None:
        raise ValueError(f"an undo of unknown kind {body.get('kind')!r}")
    written = {key: value for key, value in body.items() if key != "kind"}
    lists = {key: tuple(value) for key, value in written.items() if isinstance(value, list)}
    undo = kind(**written | lists)
    for field in fields(undo):
        if not _FITS[field.type](getattr(undo, field.name)):
            wanted = f"wanted texts in it, but {field.name} is no {field.type}"
            raise ValueError(f"found the undo {body!r}; {wanted}")
    return undo


def wait_until(true: Callable[[], bool], deadline_s: float) -> bool:
    """Return whether a condition came true in time; asks at least once."""
    end = time.monotonic() + deadline_s
    while not true():
        if time.monotonic() >= end:
            return False
        time.sleep(_POLL_S)
    return True


def _proven(true: Callable[[], bool], deadline_s: float, otherwise: Callable[[], str]) -> None:
    """Wait for a proof through a cluster that may be out of order for a while."""
    last_error: list[FaultError] = []

    def attempt() -> bool:
        try:
            return true()
        except FaultError as error:
            last_error[:] = [error]
            return False

    if not wait_until(attempt, deadline_s):
        why = f" ({last_error[0]})" if last_error else ""
        raise RollbackError(f"after {deadline_s:g} s {otherwise()}{why}; run `seakeep recover`")
