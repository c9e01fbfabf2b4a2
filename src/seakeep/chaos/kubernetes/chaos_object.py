"""A Chaos Mesh object as the cluster shows it: whose it is, and what has become of it.

https://chaos-mesh.org/docs/inspect-chaos-experiments/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ChaosObject", "ObjectRef"]

_ONE_SHOT = frozenset({"pod-kill", "container-kill"})
"""Actions that are over once they are done; Chaos Mesh keeps such an object as it was."""


@dataclass(frozen=True, slots=True, order=True)
class ObjectRef:
    """Where a Chaos Mesh object is: its plural kind, namespace and name."""

    plural: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.plural}/{self.name} in {self.namespace}"


@dataclass(frozen=True, slots=True)
class ChaosObject:
    """One object of chaos, ours or somebody else's.

    Attributes:
        ref: Where it is.
        labels: Its labels.
        conditions: Which hold, such as ``AllInjected``; none before its controller saw it.
        records: For each pod that was chosen, by the part of the spec that chose it (``.`` or
            ``.Target``), whether the fault is in it. Empty when the cluster keeps no records.
        stopped: Whether it is to end, or has ended: its time is over, or somebody paused it.
        one_shot: Whether it was over once it was done, such as a pod's death.
    """

    ref: ObjectRef
    labels: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)
    records: tuple[tuple[str, bool], ...] = ()
    stopped: bool = False
    one_shot: bool = False

    @property
    def in_place(self) -> bool:
        """Whether its fault is in some pod, or about to be.

        Before the first pod is hit ``AllRecovered`` is true as well, so that it tells something
        of an object that was stopped only: `diffConditions` in Chaos Mesh's
        controllers/common/condition/controller.go.
        """
        if self.one_shot and self.conditions.get("AllInjected", False):
            return False
        return not (self.stopped and self.conditions.get("AllRecovered", False))

    def injected(self, key: str) -> tuple[int, int]:
        """Return how many pods of a part of the spec have the fault, and how many were chosen."""
        found = [injected for found_key, injected in self.records if found_key == key]
        return sum(found), len(found)

    @classmethod
    def read(cls, plural: str, namespace: str, body: object) -> ChaosObject:
        """Return what an answer of the cluster says; what is no object of chaos says nothing."""
        metadata, spec, status = (_part(body, key) for key in ("metadata", "spec", "status"))
        experiment = _part(status, "experiment")
        records = _entries(experiment, "containerRecords")
        return cls(
            ref=ObjectRef(plural, namespace, str(metadata.get("name", ""))),
            labels={str(key): str(value) for key, value in _part(metadata, "labels").items()},
            conditions={
                str(entry.get("type")): entry.get("status") == "True"
                for entry in _entries(status, "conditions")
            },
            records=tuple(
                (str(entry.get("selectorKey", ".")), entry.get("phase") == "Injected")
                for entry in records
            ),
            stopped=experiment.get("desiredPhase") == "Stop",
            one_shot=str(spec.get("action")) in _ONE_SHOT,
        )


def _part(body: object, key: str) -> Mapping[str, Any]:
    found = body.get(key) if isinstance(body, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _entries(body: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    found = body.get(key)
    entries = found if isinstance(found, list) else []
    return [entry for entry in entries if isinstance(entry, Mapping)]
