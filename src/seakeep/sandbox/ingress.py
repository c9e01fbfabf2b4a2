"""The ingress: one HTTP address in front of all pods that are ready."""

from __future__ import annotations

import asyncio

from aiohttp import web
from multidict import CIMultiDict

from seakeep.sandbox.cluster import INGRESS, Cluster
from seakeep.sandbox.limit import LONGEST_QUEUE_S, PassLimit, QueueFullError
from seakeep.sandbox.pods import Pod
from seakeep.sandbox.scrape import joined
from seakeep.sandbox.toxiproxy_proxy import ToxicProxy
from seakeep.sandbox.upstream import Answer, ConnectFailedError, ConnectionBrokenError

__all__ = ["EDGE", "Ingress"]

EDGE = "edge"
"""The proxy that the ingress is served through, as the Toxiproxy API calls it."""

_BODY_LIMIT_BYTES = 10 * 1024 * 1024
_POD_LIMIT_S = 10.0
_SCRAPE_LIMIT_S = 2.0

# RFC 9110, section 7.6.1: meant for one connection only.
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
_NOT_FORWARDED = _HOP_BY_HOP | {"host", "content-length", "expect"}
_FORWARDED = {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"}


class Ingress:
    """A reverse proxy that goes round the ready pods of the cluster.

    Args:
        cluster: Whose pods.
        limit_per_s: How many requests a second it passes on, in all; None for all that come.
    """

    def __init__(self, cluster: Cluster, limit_per_s: float | None = None) -> None:
        self._cluster = cluster
        self._limit = PassLimit(limit_per_s) if limit_per_s is not None else None
        self._turn = 0
        self._runner: web.AppRunner | None = None
        self._edge: ToxicProxy | None = None

    @property
    def edge(self) -> ToxicProxy:
        """The door to it, for faults on the way to the users.

        Raises:
            RuntimeError: It is not open.
        """
        if self._edge is None:
            raise RuntimeError("the ingress is not open")
        return self._edge

    async def open(self, port: int) -> int:
        """Listen on 127.0.0.1; port 0 takes a free one. Returns the port.

        Raises:
            OSError: The port is taken.
        """
        app = web.Application(client_max_size=_BODY_LIMIT_BYTES)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_route("*", "/{path:.*}", self._pass)
        self._runner = web.AppRunner(
            app, access_log=None, auto_decompress=False, shutdown_timeout=0.5
        )
        await self._runner.setup()
        assert self._runner.server is not None  # noqa: S101 - it is there after its setup
        name = f"{INGRESS}:80"  # no address: there is no other way to it than this one
        self._edge = ToxicProxy(EDGE, ("127.0.0.1", port), name, self._runner.server, own=True)
        await self._edge.start()
        return self._edge.address[1]

    async def close(self) -> None:
        """Stop to listen, and let requests end that are under way."""
        if self._edge is not None:
            self._edge.stop_listening()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._edge is not None:
            self._edge.close()

    async def _pass(self, request: web.Request) -> web.Response:
        body = await request.read()
        head = _head(request, len(body))
        try:
            if self._limit is not None:
                await self._limit.turn()
        except QueueFullError:
            return _problem(503, f"the queue is longer than {LONGEST_QUEUE_S:g} s")
        try:
            async with asyncio.timeout(_POD_LIMIT_S):
                return await self._first_connected(request.method, head, body)
        except TimeoutError:
            return _problem(504, f"the pod did not answer within {_POD_LIMIT_S:g} s")

    async def _first_connected(self, method: str, head: bytes, body: bytes) -> web.Response:
        """The answer of the first ready pod, in turn, that takes a connection."""
        refusals: dict[str, str] = {}
        for pod in self._in_turn():
            try:
                return _response(method, await pod.client.send(method, head, body))
            except ConnectFailedError as error:
                refusals[pod.name] = str(error)
            except ConnectionBrokenError as error:
                return _problem(502, f"{pod.name}: {error}")
        return self._no_pods(refusals)

    def _in_turn(self) -> list[Pod]:
        ready = [pod for pod in self._cluster.app_pods() if pod.ready]
        if not ready:
            return []
        self._turn += 1
        start = self._turn % len(ready)
        return ready[start:] + ready[:start]

    def _no_pods(self, refusals: dict[str, str]) -> web.Response:
        pods = [
            {"name": pod.name, "reason": refusals.get(pod.name) or _reason(pod)}
            for pod in self._cluster.app_pods()
        ]
        return web.json_response({"error": "no ready pods", "pods": pods}, status=503)

    async def _metrics(self, _: web.Request) -> web.Response:
        pods = [pod for pod in self._cluster.app_pods() if pod.link.address is not None]
        texts = await asyncio.gather(*(_scrape(pod) for pod in pods))
        found = {pod.name: text for pod, text in zip(pods, texts, strict=True) if text}
        headers = {"Content-Type": "text/plain; version=0.0.4"}
        return web.Response(body=joined(found).encode(), headers=headers)


async def _scrape(pod: Pod) -> str:
    """The pod's metrics; empty when it can't be asked."""
    try:
        return (await pod.client.get("/metrics", _SCRAPE_LIMIT_S)).body.decode()
    except (TimeoutError, ConnectFailedError, ConnectionBrokenError):
        return ""


def _reason(pod: Pod) -> str:
    return "being deleted" if pod.deleting_since else pod.unready_reason


def _head(request: web.Request, length: int) -> bytes:
    """The head of the request as the pod gets it."""
    lines = [f"{request.method} {request.raw_path} HTTP/1.1", f"Host: {request.host}"]
    for name, value in request.headers.items():
        if name.lower() not in _NOT_FORWARDED and name.lower() not in _FORWARDED:
            lines.append(f"{name}: {value}")
    peer = request.remote or "127.0.0.1"
    before = request.headers.get("X-Forwarded-For")
    lines.append(f"X-Forwarded-For: {f'{before}, {peer}' if before else peer}")
    lines.append(f"X-Forwarded-Host: {request.headers.get('X-Forwarded-Host', request.host)}")
    lines.append(f"X-Forwarded-Proto: {request.headers.get('X-Forwarded-Proto', request.scheme)}")
    if length or request.method in {"POST", "PUT", "PATCH"}:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _response(method: str, answer: Answer) -> web.Response:
    headers: CIMultiDict[str] = CIMultiDict()
    dropped = _HOP_BY_HOP if method == "HEAD" else _HOP_BY_HOP | {"content-length"}
    for name, value in answer.headers:
        if name.lower() not in dropped:
            headers.add(name, value)
    return web.Response(
        status=answer.status, reason=answer.reason, headers=headers, body=answer.body
    )


def _problem(status: int, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status)
