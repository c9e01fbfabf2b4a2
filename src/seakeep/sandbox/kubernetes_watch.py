"""Watches: the changes of a collection, sent line by line as they happen.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterable

from aiohttp import web

from seakeep.sandbox.kubernetes_history import Change, History
from seakeep.sandbox.kubernetes_query import ListOptions, Selection
from seakeep.sandbox.kubernetes_resource import Json, Resource
from seakeep.sandbox.kubernetes_status import ApiError, too_many_requests
from seakeep.sandbox.kubernetes_table import table, wants_table

__all__ = ["Watches"]

_LONGEST_S = 1800.0  # the least of the API server's --min-request-timeout
_BOOKMARK_S = 10.0
_STALLED_S = 10.0  # a client that takes no more bytes for this long after the end is left alone


class Watches:
    """Serves watches from the history.

    Args:
        history: What happens.
        limit: How many clients may watch at once.
    """

    def __init__(self, history: History, limit: int = 100) -> None:
        self._history = history
        self._limit = limit
        self._open = 0

    async def serve(
        self, request: web.Request, resource: Resource, options: ListOptions, here: bool
    ) -> web.StreamResponse:
        """Send changes until the client leaves, its time is over, or the sandbox ends.

        Args:
            request: Of the client.
            resource: What it watches.
            options: Which of the objects, from when, for how long.
            here: Whether there can be any: it asked for the sandbox's own namespace, or all.

        Raises:
            ApiError: 429, there are enough watches; 504, it starts in the future.
        """
        if self._open >= self._limit:
            raise too_many_requests(
                f"the sandbox serves {self._limit} watches at once", retryAfterSeconds=1
            )
        after = int(options.resource_version or 0)
        if after > self._history.revision:
            why = f"Too large resource version: {after}, current: {self._history.revision}"
            raise ApiError(504, "Timeout", why, retryAfterSeconds=1)
        wanted: Selection = options.wanted if here else lambda _: False
        stream = _Stream(request, resource, options.bookmarks, wanted)
        longest_s = min(options.timeout_s or _LONGEST_S, _LONGEST_S)
        self._open += 1
        try:
            async with asyncio.timeout(longest_s + _STALLED_S):
                await stream.open()
                await self._send(stream, resource, after, longest_s)
                await stream.close()
        except (TimeoutError, ConnectionError):
            pass  # the client has gone, or reads no more
        finally:
            self._open -= 1
        return stream.response

    async def _send(
        self, stream: _Stream, resource: Resource, after: int, longest_s: float
    ) -> None:
        ends = asyncio.get_running_loop().time() + longest_s
        if not after:
            after = self._history.revision
            await stream.added(self._history.objects(resource))
        while True:
            changed, newest = self._history.changed, self._history.revision
            try:
                await stream.changes(self._history.since(resource, after))
            except ApiError as error:
                await stream.event("ERROR", error.body)
                return
            after = newest
            left_s = ends - asyncio.get_running_loop().time()
            if self._history.closed or left_s <= 0:
                await stream.bookmark(after)
                return
            try:
                await asyncio.wait_for(changed.wait(), min(left_s, _BOOKMARK_S))
            except TimeoutError:
                if left_s > _BOOKMARK_S:
                    await stream.bookmark(after)


class _Stream:
    """The client's end: events as it wants them to be."""

    def __init__(
        self, request: web.Request, resource: Resource, bookmarks: bool, wanted: Selection
    ) -> None:
        self._request = request
        self._resource = resource
        self._bookmarks = bookmarks
        self._wanted = wanted
        self._as_table = wants_table(request)
        self._headed = False
        self.response = web.StreamResponse(headers={"Content-Type": "application/json"})

    async def open(self) -> None:
        self.response.enable_chunked_encoding()
        await self.response.prepare(self._request)

    async def close(self) -> None:
        with contextlib.suppress(ConnectionError):
            await self.response.write_eof()

    async def added(self, found: Iterable[Json]) -> None:
        for each in found:
            if self._wanted(each):
                await self.event("ADDED", self._shown(each))

    async def changes(self, changes: Iterable[Change]) -> None:
        for change in changes:
            kind = self._seen_as(change)
            if kind:
                await self.event(kind, self._shown(change.object))

    async def bookmark(self, revision: int) -> None:
        if self._bookmarks:
            mark = {
                "kind": self._resource.kind,
                "apiVersion": self._resource.api_version,
                "metadata": {"resourceVersion": str(revision), "creationTimestamp": None},
            }
            await self.event("BOOKMARK", self._shown(mark, empty=True))

    async def event(self, kind: str, found: Json) -> None:
        line = json.dumps({"type": kind, "object": found}, separators=(",", ":"))
        await self.response.write(line.encode() + b"\n")

    def _seen_as(self, change: Change) -> str:
        """What a change is to whoever sees only the selected objects; empty for nothing."""
        if change.type == "DELETED":
            return "DELETED" if self._wanted(change.object) else ""
        before = change.before is not None and self._wanted(change.before)
        now = self._wanted(change.object)
        return {(False, True): "ADDED", (True, True): "MODIFIED", (True, False): "DELETED"}.get(
            (before, now), ""
        )

    def _shown(self, found: Json, *, empty: bool = False) -> Json:
        if not self._as_table:
            return found
        rows = [] if empty else [found]
        made = table(self._request, self._as_table, self._resource, rows)
        made["metadata"] = {"resourceVersion": found["metadata"]["resourceVersion"]}
        if self._headed:
            made["columnDefinitions"] = None  # the first table of a stream says them for all
        self._headed = True
        return made
