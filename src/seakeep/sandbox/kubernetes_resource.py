"""What the API's generic part needs to know of a kind of objects: its names, and what it can do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from seakeep.sandbox.kubernetes_status import ApiError

__all__ = ["Collection", "Column", "DeleteOptions", "Json", "Resource", "Subresource"]

Json = dict[str, Any]
READ = ("get", "list", "watch")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table that `kubectl get` prints.

    Attributes:
        cell: What stands there for an object; a text or a number.
        wide: Whether it is printed with `-o wide` only.
    """

    name: str
    cell: Callable[[Json], object]
    wide: bool = False
    type: str = "string"
    format: str = ""


@dataclass(frozen=True, slots=True)
class Subresource:
    """Something that hangs below an object, as `scale` below a deployment."""

    name: str
    kind: str
    verbs: tuple[str, ...]
    group: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of objects, and the names it goes by.

    Attributes:
        verbs: What can be done with it; nothing else gets a path.
        fields: What a field selector may name, beside `metadata.name` and `metadata.namespace`.
        columns: Its table, between NAME and AGE.
    """

    group: str
    version: str
    plural: str
    kind: str
    verbs: tuple[str, ...] = READ
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    fields: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    subresources: tuple[Subresource, ...] = ()
    categories: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """The `apiVersion` of its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def root(self) -> str:
        """The path of its group and version."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"

    @property
    def qualified(self) -> str:
        """Its name in messages, such as `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How a client wants a deletion to be done.

    Attributes:
        grace_s: The grace period in seconds; None for the object's own.
        uid: The uid the object must have; empty for any.
        resource_version: The version it must have; empty for any.
    """

    grace_s: float | None = None
    uid: str = ""
    resource_version: str = ""


class Collection(Protocol):
    """All objects of one kind, as they are just now.

    The verbs of its resource say which of the methods may be called: a kind that can only be read
    inherits the others, which refuse.
    """

    resource: Resource

    def objects(self) -> Iterable[Json]:
        """Every object, without `resourceVersion`: whoever keeps the history adds that."""
        ...

    def create(self, manifest: Json) -> None:
        """Take a new object in; its name is known to be well formed and free.

        Raises:
            ApiError: It can't be had.
        """
        raise self._refusal("create", manifest)

    def change(self, before: Json, after: Json) -> None:  # noqa: ARG002 - it refuses
        """Make the object that is `before` into `after`.

        Raises:
            ApiError: That can't be done.
        """
        raise self._refusal("update", before)

    def delete(self, found: Json, options: DeleteOptions) -> None:  # noqa: ARG002
        """Begin to delete that object."""
        raise self._refusal("delete", found)

    def _refusal(self, verb: str, found: Json) -> ApiError:
        name = found["metadata"]["name"]
        return ApiError(405, "MethodNotAllowed", f"{self.resource.qualified}: no {verb} of {name}")
