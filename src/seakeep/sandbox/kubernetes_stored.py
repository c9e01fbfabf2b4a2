"""Objects that clients make and the sandbox keeps: what was sent, with the server's part added."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.kubernetes_objects import metadata
from seakeep.sandbox.kubernetes_resource import READ, Collection, DeleteOptions, Json
from seakeep.sandbox.kubernetes_status import invalid, too_many_requests

__all__ = ["CHANGEABLE", "Stored", "StoredCollection"]

CHANGEABLE = ("create", *READ, "update", "patch", "delete", "deletecollection")
"""The verbs of such a collection."""

_LIMIT = 200
_Meaning = TypeVar("_Meaning")


@dataclass(slots=True)
class Stored(Generic[_Meaning]):
    """One object.

    Attributes:
        meaning: What its spec asks for.
        generation: 1, and one more for each change of the spec.
    """

    manifest: Json
    meaning: _Meaning
    uid: str = field(default_factory=lambda: str(uuid.uuid4()))
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    generation: int = 1

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.manifest["metadata"]["name"])


class StoredCollection(Collection, Generic[_Meaning]):
    """Keeps objects, and asks its kind what they mean."""

    def __init__(self) -> None:
        self._stored: dict[str, Stored[_Meaning]] = {}

    def stored(self) -> tuple[Stored[_Meaning], ...]:
        """Every object, oldest first."""
        return tuple(self._stored.values())

    def read(self, manifest: Json) -> _Meaning:
        """What an object means.

        Raises:
            ApiError: 422, naming the field that makes no sense, or is not supported.
        """
        raise NotImplementedError

    def status(self, stored: Stored[_Meaning]) -> Json:
        """The `status` of an object; empty for none."""
        raise NotImplementedError

    def changed(self) -> None:
        """An object was made, changed or deleted."""

    def objects(self) -> Iterator[Json]:
        """Every object as clients see it."""
        return (self._shown(stored) for stored in self._stored.values())

    def create(self, manifest: Json) -> None:
        """Keep a new object."""
        if len(self._stored) >= _LIMIT:
            raise too_many_requests(f"the sandbox keeps {_LIMIT} {self.resource.plural} at most")
        stored = Stored(manifest, self._read(manifest))
        self._stored[stored.name] = stored
        self.changed()

    def change(self, before: Json, after: Json) -> None:
        """Keep an object as it is now to be."""
        stored = self._stored[before["metadata"]["name"]]
        meaning = self._read(after)
        stored.generation += after.get("spec") != stored.manifest.get("spec")
        stored.manifest, stored.meaning = after, meaning
        self.changed()

    def delete(self, found: Json, options: DeleteOptions) -> None:  # noqa: ARG002 - it goes at once
        """Forget an object."""
        del self._stored[found["metadata"]["name"]]
        self.changed()

    def _read(self, manifest: Json) -> _Meaning:
        if manifest["metadata"].get("finalizers"):  # nobody would wait for them
            name, problem = manifest["metadata"]["name"], "the sandbox does not support it"
            raise invalid(self.resource.kind, name, "metadata.finalizers", problem)
        return self.read(manifest)

    def _shown(self, stored: Stored[_Meaning]) -> Json:
        given = stored.manifest["metadata"]
        named = metadata(stored.name, NAMESPACE, stored.uid, stored.created_at)
        own = {field: given[field] for field in ("labels", "annotations") if given.get(field)}
        shown = {
            "kind": self.resource.kind,
            "apiVersion": self.resource.api_version,
            "metadata": named | {"generation": stored.generation} | own,
            "spec": stored.manifest.get("spec") or {},
        }
        status = self.status(stored)
        return shown | ({"status": status} if status else {})
