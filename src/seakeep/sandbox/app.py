"""The application that a pod runs: a small school with health, LTI, JSON and HTML endpoints."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from seakeep.sandbox import health, lti_config, pages
from seakeep.sandbox.courses import COURSES, Course
from seakeep.sandbox.progress import Progress
from seakeep.sandbox.store_client import StoreClient, StoreUnreachableError

__all__ = ["Application"]

_VERSION = "1.0.0"
_NOT_CACHED = {"Cache-Control": "no-cache, no-store, must-revalidate"}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Application:
    """The handlers of one pod and what they share.

    Args:
        pod: The pod's name.
        store_port: Where the link to the store listens on 127.0.0.1.
        directory: The sandbox's own directory, whose disk `/health` looks at.
    """

    def __init__(self, pod: str, store_port: int, directory: Path) -> None:
        self._pod = pod
        self._store = StoreClient(store_port)
        self._health = health.HealthChecks(self._store, directory, pod)
        self._started = time.monotonic()
        self.in_flight = 0
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status_code")
        self._requests = Counter(
            "http_requests_total", "HTTP requests answered.", labels, registry=self._registry
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "Seconds from the request's head to its answer.",
            labels,
            registry=self._registry,
        )

    def build(self) -> web.Application:
        """The aiohttp application with all routes."""
        app = web.Application(middlewares=[self._measured], client_max_size=10 * 1024 * 1024)
        app.router.add_get("/", self._home)
        app.router.add_get("/health", self._simple_health)
        app.router.add_get("/health/detailed", self._detailed_health)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/live", self._live)
        app.router.add_get("/lti/config", self._lti_config)
        app.router.add_get("/lti/jwks", self._lti_jwks)
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/courses/{course}", self._lesson)
        app.router.add_post("/courses/{course}/answer", self._answer_form)
        app.router.add_post("/api/answers", self._answer_json)
        app.router.add_get("/api/progress", self._progress_json)
        return app

    @web.middleware
    async def _measured(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Count and time every request; turn an unreachable store into a 503 that names it."""
        started = time.perf_counter()
        status = 500
        self.in_flight += 1
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        except StoreUnreachableError as error:
            status = 503
            return _store_unreachable(request, error)
        else:
            return response
        finally:
            self.in_flight -= 1
            resource = request.match_info.route.resource
            labels = (request.method, resource.canonical if resource else "none", str(status))
            self._requests.labels(*labels).inc()
            self._durations.labels(*labels).observe(time.perf_counter() - started)

    async def _home(self, _: web.Request) -> web.Response:
        return _html(pages.home())

    async def _lesson(self, request: web.Request) -> web.Response:
        return _html(pages.lesson(_course(request.match_info["course"])))

    async def _answer_form(self, request: web.Request) -> web.Response:
        course = _course(request.match_info["course"])
        answer = str((await request.post()).get("answer", ""))[:200]
        correct = course.is_correct(answer)
        progress = Progress(self._store, request)
        answered = await progress.record(course, correct)
        return progress.remember(_html(pages.result(course, answer, correct, answered)))

    async def _answer_json(self, request: web.Request) -> web.Response:
        course, answer = await _answer(request)
        correct = course.is_correct(answer)
        progress = Progress(self._store, request)
        answered = await progress.record(course, correct)
        body = {"correct": correct, "score": sum(answered.values())}
        return progress.remember(web.json_response(body))

    async def _progress_json(self, request: web.Request) -> web.Response:
        progress = Progress(self._store, request)
        answered = await progress.read()
        body = {"courses": answered, "score": sum(answered.values()), "of": len(COURSES)}
        return progress.remember(web.json_response(body, headers=_NOT_CACHED))

    async def _simple_health(self, _: web.Request) -> web.Response:
        return _health_answer(health.simple_form(await self._health.all(), _VERSION))

    async def _detailed_health(self, _: web.Request) -> web.Response:
        uptime_s = time.monotonic() - self._started
        return _health_answer(health.detailed_form(await self._health.all(), _VERSION, uptime_s))

    async def _ready(self, _: web.Request) -> web.Response:
        try:
            await self._store.ask("PING")
        except StoreUnreachableError as error:
            body = {"status": "not ready", "error": f"store unreachable: {error}"}
            return _health_answer({**body, "timestamp": health.now_text()})
        return _health_answer({"status": "ready", "timestamp": health.now_text()})

    async def _live(self, _: web.Request) -> web.Response:
        body = {"status": "alive", "timestamp": health.now_text(), "pod": self._pod}
        return _health_answer(body)

    async def _lti_config(self, request: web.Request) -> web.Response:
        scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
        host = request.headers.get("X-Forwarded-Host", request.host)
        return web.json_response(lti_config.tool_configuration(f"{scheme}://{host}"))

    async def _lti_jwks(self, _: web.Request) -> web.Response:
        return web.json_response(lti_config.JWKS, headers={"Cache-Control": "max-age=300"})

    async def _metrics(self, _: web.Request) -> web.Response:
        text = generate_latest(self._registry)
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4"})


def _html(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html")


def _health_answer(body: dict[str, Any]) -> web.Response:
    status = 503 if body["status"] in {"unhealthy", "not ready"} else 200
    return web.json_response(body, status=status, headers=_NOT_CACHED)


def _store_unreachable(request: web.Request, error: StoreUnreachableError) -> web.Response:
    reason = f"store unreachable: {error}"
    if request.path.startswith("/api/"):
        return web.json_response({"error": reason}, status=503, headers=_NOT_CACHED)
    return _html(pages.unavailable(reason), status=503)


def _course(key: str) -> Course:
    if key not in COURSES:
        raise web.HTTPNotFound(text=f"no such course; there are {', '.join(COURSES)}\n")
    return COURSES[key]


async def _answer(request: web.Request) -> tuple[Course, str]:
    """The course and the answer in a JSON body, or 422 naming what is off."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    course, answer = (body.get("course"), body.get("answer")) if isinstance(body, dict) else (0, 0)
    if not isinstance(answer, str) or not isinstance(course, str) or course not in COURSES:
        wanted = f'wanted {{"course": one of {", ".join(COURSES)}; "answer": text}}'
        raise web.HTTPUnprocessableEntity(text=f"{wanted}\n")
    return COURSES[course], answer
