"""The memory of the API: each object's version, and the changes that a watch goes through.

The objects are not kept here: they are views of what really runs. Whenever something may have
changed they are looked at anew, and what looks different is a change with a new revision. So no
change of the cluster can be forgotten, and one that nobody can see is none.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from seakeep.sandbox.kubernetes_resource import Collection, Json, Resource
from seakeep.sandbox.kubernetes_status import expired

__all__ = ["Change", "History"]

_Key = tuple[str, str]  # namespace, name


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened to an object.

    Attributes:
        object: It as it is since; of a deleted one, as it was last.
        before: It as it was; None for a new one.
    """

    revision: int
    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Json
    before: Json | None


class History:
    """Versions and changes of every collection.

    Args:
        length: How many changes of each kind are kept.
    """

    def __init__(self, length: int = 1000) -> None:
        # It starts at the clock, so that versions which a client kept of an earlier sandbox are
        # older than all of these, and answered by "expired" and not by half a history.
        self.revision = int(time.time())
        self._length = length
        self._logs: dict[Resource, _Log] = {}
        self._changed = asyncio.Event()
        self._due: asyncio.Handle | None = None
        self.closed = False

    def add(self, collection: Collection) -> None:
        """Follow a collection from now on."""
        self._logs[collection.resource] = _Log(collection, self._length, self.revision)

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next change, or at the end; a new one each time."""
        return self._changed

    def touch(self) -> None:
        """Something may have changed: look soon, once for all that happens in this moment."""
        if self._due is None and not self.closed:
            self._due = asyncio.get_running_loop().call_soon(self.refresh)

    def refresh(self, resource: Resource | None = None) -> None:
        """Look at every object now, or at those of one kind."""
        before = self.revision
        if resource is None:
            if self._due is not None:
                self._due.cancel()
                self._due = None
            for log in self._logs.values():
                self.revision = log.refresh(self.revision)
        else:
            self.revision = self._logs[resource].refresh(self.revision)
        if self.revision != before:
            self._wake()

    def close(self) -> None:
        """Nothing will change any more: whoever waits wakes up."""
        self.closed = True
        self._wake()

    def objects(self, resource: Resource) -> tuple[Json, ...]:
        """The objects of a kind as they were at the last look, by name. Not to be altered."""
        return self._logs[resource].objects()

    def find(self, resource: Resource, namespace: str, name: str) -> Json | None:
        """One object as it was at the last look. Not to be altered."""
        return self._logs[resource].find((namespace, name))

    def since(self, resource: Resource, revision: int) -> Iterator[Change]:
        """The changes of a kind after that revision, oldest first.

        Raises:
            ApiError: 410, since not all of them are kept.
        """
        log = self._logs[resource]
        if revision < log.floor:
            raise expired(f"too old resource version: {revision} ({log.floor})")
        return (change for change in tuple(log.changes) if change.revision > revision)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class _Log:
    """One collection, as it was seen last, and how it came to that."""

    def __init__(self, collection: Collection, length: int, revision: int) -> None:
        self._collection = collection
        self._seen: dict[_Key, Json] = {}  # as the collection shows them
        self._stamped: dict[_Key, Json] = {}  # and as clients get them
        self.changes: deque[Change] = deque(maxlen=length)
        self.floor = revision  # all changes after this revision are kept

    def refresh(self, revision: int) -> int:
        found = {_key(shown): shown for shown in self._collection.objects()}
        for key in [key for key in self._seen if not _same(found.get(key), self._seen[key])]:
            revision += 1
            del self._seen[key]
            last = self._stamped.pop(key)
            self._note(Change(revision, "DELETED", _stamped(last, revision), last))
        for key, shown in found.items():
            if self._seen.get(key) == shown:
                continue
            revision += 1
            before = self._stamped.get(key)
            self._seen[key] = shown
            self._stamped[key] = now = _stamped(shown, revision)
            self._note(Change(revision, "MODIFIED" if before else "ADDED", now, before))
        return revision

    def objects(self) -> tuple[Json, ...]:
        return tuple(self._stamped[key] for key in sorted(self._stamped))

    def find(self, key: _Key) -> Json | None:
        return self._stamped.get(key)

    def _note(self, change: Change) -> None:
        if len(self.changes) == self.changes.maxlen:
            self.floor = self.changes[0].revision
        self.changes.append(change)


def _key(found: Json) -> _Key:
    metadata = found["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _same(now: Json | None, before: Json) -> bool:
    """Whether it is still that object, changed or not."""
    return now is not None and now["metadata"]["uid"] == before["metadata"]["uid"]


def _stamped(found: Json, revision: int) -> Json:
    return found | {"metadata": found["metadata"] | {"resourceVersion": str(revision)}}
