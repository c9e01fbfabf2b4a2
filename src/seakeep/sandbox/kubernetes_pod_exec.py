"""`kubectl exec`: a process of the client's choice, in the directory of a pod.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

import asyncio
import json
from typing import Protocol

from aiohttp import web

from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.container import Container
from seakeep.sandbox.exec_process import STDERR, STDIN, STDOUT, ExecProcess
from seakeep.sandbox.kubernetes_exec_spdy import SpdyChannels
from seakeep.sandbox.kubernetes_exec_websocket import WebSocketChannels
from seakeep.sandbox.kubernetes_peer import is_owner
from seakeep.sandbox.kubernetes_pod_log import container_of
from seakeep.sandbox.kubernetes_query import query_flag
from seakeep.sandbox.kubernetes_status import bad_request, forbidden, too_many_requests
from seakeep.sandbox.pods import Pod

__all__ = ["PodExec"]

_LIMIT = 10  # processes at once
_ARGV_LIMIT_BYTES = 64 * 1024


class _Channels(Protocol):
    """The client's end of an exec."""

    async def open(self) -> None:
        """Agree on a protocol."""
        ...

    async def send(self, channel: int, data: bytes) -> None:
        """Send output, as soon as the client takes it."""
        ...

    async def receive(self) -> bytes | None:
        """The next input; None at its end."""
        ...

    async def close(self, status: bytes) -> None:
        """Say how it ended, and close."""
        ...

    def abort(self) -> web.StreamResponse:
        """Break the connection, if it is still there; what is left to answer."""
        ...


class PodExec:
    """Runs commands, each for as long as its client, its pod and the sandbox are there."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._running: set[asyncio.Task[None]] = set()
        self._count = 0

    def serve(self, app: web.Application) -> None:
        """Add the path: websockets come with GET, SPDY with POST."""
        place = "/api/v1/namespaces/{namespace}/pods/{name}/exec"
        app.router.add_get(place, self._exec, allow_head=False)
        app.router.add_post(place, self._exec)

    def close(self) -> None:
        """End every process."""
        for task in tuple(self._running):
            task.cancel()

    async def _exec(self, request: web.Request) -> web.StreamResponse:
        pod = container_of(self._cluster, request)
        if not is_owner(request.transport):
            raise forbidden("only who runs the sandbox may run commands in it", "pods", pod.name)
        argv = _argv(request)
        if pod.container is None or not pod.container.running:
            raise bad_request(f"pod {pod.name} does not run: {pod.unready_reason}")
        if self._count >= _LIMIT:
            raise too_many_requests(f"the sandbox runs {_LIMIT} commands at once")
        channels = _channels(request)
        self._count += 1
        try:
            return await self._serve(request, pod, argv, channels)
        finally:
            self._count -= 1

    async def _serve(
        self, request: web.Request, pod: Pod, argv: list[str], channels: set[int]
    ) -> web.StreamResponse:
        client = _client(request, channels)
        try:
            await client.open()
            task = asyncio.create_task(_run(client, pod, argv, stdin=STDIN in channels))
            self._running.add(task)
            try:
                await asyncio.wait({task})
            finally:
                task.cancel()
                self._running.discard(task)
        except ConnectionError:
            pass  # the client has gone before it began
        return client.abort()


async def _run(client: _Channels, pod: Pod, argv: list[str], *, stdin: bool) -> None:
    """Run a command until it ends, or its container, or its client."""
    container = pod.container
    if container is None:
        return
    environment = {"HOSTNAME": pod.name, "CONTAINER_PID": str(container.pid)}
    process = await ExecProcess.start(argv, pod.command.directory, environment, stdin=stdin)
    running = asyncio.create_task(process.run(client.send))
    listening = asyncio.create_task(_listen(client, process))
    outliving = asyncio.create_task(_end_with(container, process))
    try:
        await asyncio.wait({running, listening}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await client.close(json.dumps(running.result()).encode())
    except ConnectionError:
        pass  # the client has gone
    finally:
        process.kill()
        for task in (running, listening, outliving):
            task.cancel()
        await asyncio.gather(running, listening, outliving, return_exceptions=True)


async def _listen(client: _Channels, process: ExecProcess) -> None:
    """Pass input on until the client goes."""
    while True:
        data = await client.receive()
        if data is None:
            process.end_input()
        else:
            await process.feed(data)


async def _end_with(container: Container, process: ExecProcess) -> None:
    await container.wait()
    process.kill()


def _client(request: web.Request, channels: set[int]) -> _Channels:
    upgrade = request.headers.get("Upgrade", "").lower()
    if upgrade == "websocket":
        return WebSocketChannels(request, channels)
    if upgrade == "spdy/3.1":
        return SpdyChannels(request, channels)
    raise bad_request("Upgrade request required: wanted websocket or SPDY/3.1")


def _channels(request: web.Request) -> set[int]:
    """Which channels a client asks for."""
    if query_flag(request, "tty"):
        raise bad_request("the sandbox has no terminals: leave out tty")
    names = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR}
    found = {channel for name, channel in names.items() if query_flag(request, name)}
    if not found:
        raise bad_request("you must specify at least 1 of stdin, stdout, stderr")
    return found


def _argv(request: web.Request) -> list[str]:
    argv = request.query.getall("command", [])
    if not argv or not argv[0]:
        raise bad_request("you must specify at least one command for the container")
    if sum(map(len, argv)) > _ARGV_LIMIT_BYTES or any("\0" in each for each in argv):
        raise bad_request(f"command: wanted at most {_ARGV_LIMIT_BYTES} characters, and no null")
    return argv
