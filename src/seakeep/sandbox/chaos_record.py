"""What has become of one target of a chaos object: its `containerRecords` entry.

Form: `Record` and `RecordEvent` in Chaos Mesh's api/v1alpha1/status.go.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Literal

from seakeep.sandbox.kubernetes_objects import timestamp
from seakeep.sandbox.pods import Pod

__all__ = ["InjectionError", "Record"]

Operation = Literal["Apply", "Recover"]
_EVENTS_LIMIT = 20  # the latest are kept


class InjectionError(Exception):
    """A fault that could not be put in place, or not be taken back."""


class Record:
    """One pod, or one container of it, that an experiment chose.

    Attributes:
        pod: The pod.
        key: "." for a pod that is broken, ".Target" for the other end of its links.
        container: The container's name; empty when the fault is one of the whole pod.
        injected: Whether the fault is in place.
        changed: Called when the fault was lost by itself.
    """

    def __init__(self, pod: Pod, key: str = ".", container: str = "") -> None:
        self.pod = pod
        self.key = key
        self.container = container
        self.injected = False
        self.changed: Callable[[], None] = lambda: None
        self._injected_count = 0
        self._recovered_count = 0
        self._events: list[dict[str, str]] = []

    @property
    def id(self) -> str:
        """Namespace, pod and, if it is about one, container."""
        place = f"{self.pod.template.namespace}/{self.pod.name}"
        return f"{place}/{self.container}" if self.container else place

    def applied(self) -> bool:
        """The fault is in place. Whether that is news: yes."""
        self.injected = True
        self._injected_count += 1
        self._add("Succeeded", "Apply")
        return True

    def recovered(self) -> bool:
        """The fault is taken back. Whether that is news: yes."""
        self.injected = False
        self._recovered_count += 1
        self._add("Succeeded", "Recover")
        return True

    def failed(self, operation: Operation, message: str) -> bool:
        """That did not work. Whether that is news: not when it is said again in a row."""
        last = self._events[-1] if self._events else {}
        if (last.get("operation"), last.get("message")) == (operation, message):
            return False
        self._add("Failed", operation, message)
        return True

    def lost(self, message: str) -> None:
        """The fault was in place, and ended without being asked to."""
        if self.injected:
            self.injected = False
            self.failed("Apply", message)
            self.changed()

    def as_json(self) -> dict[str, Any]:
        """The entry of `containerRecords`."""
        return {
            "id": self.id,
            "selectorKey": self.key,
            "phase": "Injected" if self.injected else "Not Injected",
            "injectedCount": self._injected_count,
            "recoveredCount": self._recovered_count,
            "events": list(self._events),
        }

    def _add(self, outcome: str, operation: Operation, message: str = "") -> None:
        event = {"type": outcome, "operation": operation}
        if message:
            event["message"] = message
        self._events.append(event | {"timestamp": timestamp(datetime.now(UTC))})
        del self._events[:-_EVENTS_LIMIT]
