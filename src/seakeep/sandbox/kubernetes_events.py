"""Events: what the cluster's parts report, in both forms that Kubernetes has for them.

They are made from what is seen to happen to pods, and not by those who make it happen.
"""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.deployment import ReplicaSet
from seakeep.sandbox.kubernetes_objects import metadata, timestamp
from seakeep.sandbox.kubernetes_resource import Collection, Column, Json, Resource
from seakeep.sandbox.kubernetes_table import age
from seakeep.sandbox.pods import Owner, Pod

__all__ = ["EventRecorder", "Events", "EventsOfGroup"]

_KEPT = 500
_MICRO_TIME = "%Y-%m-%dT%H:%M:%S.%fZ"
_FIELDS = ("reason", "type")


@dataclass(frozen=True, slots=True)
class _Event:
    """Something that was reported, once or several times."""

    kind: str
    version: str
    name: str
    uid: str
    warning: bool
    reason: str
    message: str
    source: str
    count: int = 0
    first: datetime = field(default_factory=lambda: datetime.now(UTC))
    last: datetime = field(default_factory=lambda: datetime.now(UTC))
    event_uid: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass(slots=True)
class _Seen:
    """What was last seen of a pod."""

    pid: int | None = None
    reason: str = ""
    deleting: bool = False


class EventRecorder:
    """Watches the cluster, and keeps the latest events."""

    def __init__(self, cluster: Cluster) -> None:
        self._deployment = cluster.deployment
        self._cluster = cluster
        self._events: OrderedDict[tuple[str, str, str], _Event] = OrderedDict()
        self._pods: dict[str, _Seen] = {}
        cluster.observers.append(self.look)
        cluster.deployment.resized = self._resized

    def events(self) -> tuple[_Event, ...]:
        """Those that are kept, the latest last."""
        return tuple(self._events.values())

    def report(
        self,
        about: Owner,
        version: str,
        reason: str,
        message: str,
        source: str,
        *,
        warning: bool = False,
    ) -> None:
        """Keep an event; one that was reported before is counted.

        Args:
            about: The object it is about.
            version: That object's `apiVersion`.
            reason: One word.
            message: A sentence.
            source: Which part of the cluster says it.
            warning: Whether something is amiss.
        """
        key = (about.uid, reason, message)
        event = self._events.pop(key, None)
        if event is None:
            event = _Event(
                about.kind, version, about.name, about.uid, warning, reason, message, source
            )
        self._events[key] = replace(event, count=event.count + 1, last=datetime.now(UTC))
        if len(self._events) > _KEPT:
            self._events.popitem(last=False)

    def look(self, pod: Pod | None) -> None:
        """Report what is new about a pod."""
        if pod is None:
            return
        if self._cluster.pod(pod.name) is not pod:
            self._pods.pop(pod.uid, None)
            return
        if pod.uid not in self._pods:
            self._pods[pod.uid] = _Seen(reason=pod.unready_reason)
            self._tell_owner(pod, "SuccessfulCreate", "Created pod")
        seen = self._pods[pod.uid]
        self._tell_of_container(pod, seen)
        if pod.deleting_since is not None and not seen.deleting:
            seen.deleting = True
            self._tell(pod, "Killing", f"Stopping container {pod.template.container_name}")
            self._tell_owner(pod, "SuccessfulDelete", "Deleted pod")

    def _tell_of_container(self, pod: Pod, seen: _Seen) -> None:
        name = pod.template.container_name
        pid = pod.container.pid if pod.container and pod.container.running else None
        if pid is not None and pid != seen.pid:
            seen.pid = pid
            self._tell(pod, "Started", f"Started container {name}")
        reason = pod.unready_reason
        if reason == seen.reason or pod.deleting_since is not None:
            return
        seen.reason = reason
        if reason.startswith("readiness probe failed"):
            self._tell(pod, "Unhealthy", reason[:1].upper() + reason[1:], warning=True)
        elif reason:
            self._tell(pod, "BackOff", f"{name}: {reason}", warning=True)

    def _resized(self, version: ReplicaSet, before: int, after: int) -> None:
        way = "up" if after > before else "down"
        message = f"Scaled {way} replica set {version.name} to {after} from {before}"
        owner = Owner("Deployment", self._deployment.name, self._deployment.uid)
        self.report(owner, "apps/v1", "ScalingReplicaSet", message, "deployment-controller")

    def _tell(self, pod: Pod, reason: str, message: str, *, warning: bool = False) -> None:
        owner = Owner("Pod", pod.name, pod.uid)
        self.report(owner, "v1", reason, message, "kubelet", warning=warning)

    def _tell_owner(self, pod: Pod, reason: str, message: str) -> None:
        source = f"{pod.owner.kind.lower()}-controller"
        self.report(pod.owner, "apps/v1", reason, f"{message}: {pod.name}", source)


class Events(Collection):
    """The events as the core group has them."""

    resource = Resource(
        "",
        "v1",
        "events",
        "Event",
        short_names=("ev",),
        fields=(
            *_FIELDS,
            *(f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid")),
            "involvedObject.fieldPath",
            "source",
        ),
        columns=(
            Column("Last Seen", lambda found: age(found["lastTimestamp"])),
            Column("Type", lambda found: found["type"]),
            Column("Reason", lambda found: found["reason"]),
            Column("Object", lambda found: _told(found["involvedObject"])),
            Column("Message", lambda found: found["message"]),
        ),
    )

    def __init__(self, recorder: EventRecorder) -> None:
        self._recorder = recorder

    def objects(self) -> Iterator[Json]:
        """All that are kept."""
        return map(_in_core, self._recorder.events())


class EventsOfGroup(Collection):
    """The same events as the group events.k8s.io has them."""

    resource = Resource(
        "events.k8s.io",
        "v1",
        "events",
        "Event",
        short_names=("ev",),
        fields=(
            *_FIELDS,
            *(f"regarding.{name}" for name in ("kind", "namespace", "name", "uid")),
            "reportingController",
        ),
    )

    def __init__(self, recorder: EventRecorder) -> None:
        self._recorder = recorder

    def objects(self) -> Iterator[Json]:
        """All that are kept."""
        return map(_in_group, self._recorder.events())


# There are many events, which seldom change, and all objects are looked at whenever one may have.
@lru_cache(_KEPT)
def _in_core(event: _Event) -> Json:
    return {
        "kind": "Event",
        "apiVersion": "v1",
        "metadata": _metadata(event),
        "involvedObject": _about(event),
        "reason": event.reason,
        "message": event.message,
        "source": {"component": event.source},
        "type": _type(event),
        "count": event.count,
        "firstTimestamp": timestamp(event.first),
        "lastTimestamp": timestamp(event.last),
    }


@lru_cache(_KEPT)
def _in_group(event: _Event) -> Json:
    return {
        "kind": "Event",
        "apiVersion": "events.k8s.io/v1",
        "metadata": _metadata(event),
        "regarding": _about(event),
        "reason": event.reason,
        "note": event.message,
        "type": _type(event),
        "action": event.reason,
        "reportingController": event.source,
        "reportingInstance": "sandbox",
        "eventTime": event.first.strftime(_MICRO_TIME),
        "series": {"count": event.count, "lastObservedTime": event.last.strftime(_MICRO_TIME)},
    }


def _metadata(event: _Event) -> Json:
    name = f"{event.name}.{event.event_uid[:16]}"
    return metadata(name, NAMESPACE, event.event_uid, event.first)


def _about(event: _Event) -> Json:
    return {
        "kind": event.kind,
        "apiVersion": event.version,
        "namespace": NAMESPACE,
        "name": event.name,
        "uid": event.uid,
    }


def _type(event: _Event) -> str:
    return "Warning" if event.warning else "Normal"


def _told(about: Json) -> str:
    return f"{about['kind'].lower()}/{about['name']}"
