"""`kubectl logs`: what a pod's container has said, and goes on to say.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-read-log-of-the-specified-pod
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import web

from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.container_log import ContainerLog, LogLine, read_lines
from seakeep.sandbox.kubernetes_query import query_flag, query_number
from seakeep.sandbox.kubernetes_status import bad_request, not_found, too_many_requests
from seakeep.sandbox.pods import Pod

__all__ = ["PodLogs", "container_of"]

_FOLLOWERS_LIMIT = 20
_LONGEST_S = 4 * 3600.0  # the kubelet's --streaming-connection-idle-timeout
_HEADERS = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}


@dataclass(frozen=True, slots=True)
class _LogOptions:
    """Which lines, and how they are to look."""

    follow: bool
    previous: bool
    timestamps: bool
    tail_lines: int | None
    limit_bytes: int | None
    since: datetime | None

    @classmethod
    def read(cls, request: web.Request) -> _LogOptions:
        follow, previous, timestamps = (
            query_flag(request, name) for name in ("follow", "previous", "timestamps")
        )
        tail, limit = query_number(request, "tailLines"), query_number(request, "limitBytes")
        if limit == 0:
            raise bad_request("limitBytes: found 0; wanted 1 or more")
        return cls(follow, previous, timestamps, tail, limit, _since(request))


class PodLogs:
    """Serves logs from the containers' own files."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._followers = 0

    def serve(self, app: web.Application) -> None:
        """Add the path."""
        app.router.add_get("/api/v1/namespaces/{namespace}/pods/{name}/log", self._log)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        pod = container_of(self._cluster, request)
        options = _LogOptions.read(request)
        path = _file(pod, options.previous)
        lines, offset = read_lines(path)
        text = _text(lines, options)
        log = pod.container.log if pod.container else None
        if not options.follow or options.previous or log is None:
            return web.Response(body=text, headers=_HEADERS)
        if self._followers >= _FOLLOWERS_LIMIT:
            raise too_many_requests(f"the sandbox lets {_FOLLOWERS_LIMIT} clients follow logs")
        self._followers += 1
        response = web.StreamResponse(headers=_HEADERS)
        try:
            async with asyncio.timeout(_LONGEST_S):
                await response.prepare(request)
                await _follow(response, log, text, offset, options)
                await response.write_eof()
        except (TimeoutError, ConnectionError):
            pass  # the client has gone, or its time is over
        finally:
            self._followers -= 1
        return response


def container_of(cluster: Cluster, request: web.Request) -> Pod:
    """The pod of a request that is about its one container.

    Raises:
        ApiError: 404, there is no such pod; 400, it has no container of that name.
    """
    name = request.match_info["name"]
    pod = cluster.pod(name) if request.match_info["namespace"] == NAMESPACE else None
    if pod is None:
        raise not_found("pods", name)
    container = request.query.get("container") or pod.template.container_name
    if container != pod.template.container_name:
        raise bad_request(f"container {container} is not valid for pod {name}")
    return pod


async def _follow(
    response: web.StreamResponse,
    log: ContainerLog,
    text: bytes,
    offset: int,
    options: _LogOptions,
) -> None:
    """Send the text, and what the container says from then on until it ends."""
    sent = 0
    while True:
        if text:
            await response.write(text)
            sent += len(text)
        if options.limit_bytes is not None and sent >= options.limit_bytes:
            return
        grown, ended = log.grown, log.ended
        lines, offset = read_lines(log.path, offset)
        text = b"".join(line.as_bytes(timestamps=options.timestamps) for line in lines)
        if options.limit_bytes is not None:
            text = text[: options.limit_bytes - sent]
        if not text and ended:
            return
        if not text:
            await grown.wait()


def _file(pod: Pod, previous: bool) -> Path:
    name, container = pod.name, pod.template.container_name
    if previous:
        if not pod.command.previous_log.exists():
            raise bad_request(
                f'previous terminated container "{container}" in pod "{name}" not found'
            )
        return pod.command.previous_log
    if not pod.command.log.exists():
        raise bad_request(
            f'container "{container}" in pod "{name}" is waiting to start: ContainerCreating'
        )
    return pod.command.log


def _text(lines: Iterator[LogLine], options: _LogOptions) -> bytes:
    chosen = [line for line in lines if options.since is None or line.moment >= options.since]
    if options.tail_lines is not None:
        chosen = chosen[len(chosen) - min(options.tail_lines, len(chosen)) :]
    text = b"".join(line.as_bytes(timestamps=options.timestamps) for line in chosen)
    return text if options.limit_bytes is None else text[: options.limit_bytes]


def _since(request: web.Request) -> datetime | None:
    seconds = query_number(request, "sinceSeconds")
    moment = request.query.get("sinceTime")
    if seconds is not None and moment:
        raise bad_request("at most one of sinceTime and sinceSeconds may be specified")
    if seconds is not None:
        return datetime.now(UTC) - timedelta(seconds=min(seconds, 10**9))
    if not moment:
        return None
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        raise bad_request(f"sinceTime: found {moment!r}; wanted an RFC 3339 time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
