"""The Kubernetes API of the sandbox: what unmodified clients need to see and break it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from seakeep.sandbox.chaos_api import ChaosApi
from seakeep.sandbox.chaos_mesh import ChaosController
from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.kubernetes_access import Access
from seakeep.sandbox.kubernetes_authorizer import authorize
from seakeep.sandbox.kubernetes_chaos_events import ChaosEvents
from seakeep.sandbox.kubernetes_deployments import Deployments, ReplicaSets
from seakeep.sandbox.kubernetes_discovery import serve_discovery
from seakeep.sandbox.kubernetes_disruption import DisruptionBudgets
from seakeep.sandbox.kubernetes_events import EventRecorder, Events, EventsOfGroup
from seakeep.sandbox.kubernetes_eviction import Evictions
from seakeep.sandbox.kubernetes_history import History
from seakeep.sandbox.kubernetes_namespaces import Namespaces
from seakeep.sandbox.kubernetes_network_policy import NetworkPolicies
from seakeep.sandbox.kubernetes_pod_exec import PodExec
from seakeep.sandbox.kubernetes_pod_log import PodLogs
from seakeep.sandbox.kubernetes_pods import Pods
from seakeep.sandbox.kubernetes_resource import Collection
from seakeep.sandbox.kubernetes_rest import Rest
from seakeep.sandbox.kubernetes_services import EndpointsOfServices, Services
from seakeep.sandbox.kubernetes_stateful_sets import StatefulSets
from seakeep.sandbox.kubernetes_status import ApiError, bad_request, forbidden

__all__ = ["KubernetesApi"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOCAL_NAMES = ("127.0.0.1", "localhost")
_BODY_LIMIT_BYTES = 1024 * 1024


class KubernetesApi:
    """Serves the cluster's objects over plain HTTP on loopback."""

    def __init__(self, cluster: Cluster) -> None:
        self._access = Access()
        self._history = History()
        controller, recorder = ChaosController(cluster), EventRecorder(cluster)
        self._chaos = ChaosApi(controller)
        self._chaos_events = ChaosEvents(controller, recorder)
        self._pods = Pods(cluster)
        self._deployments = Deployments(cluster, self._history)
        self._budgets = DisruptionBudgets(cluster)
        self._collections: tuple[Collection, ...] = (
            Namespaces(cluster),
            self._pods,
            self._deployments,
            ReplicaSets(cluster),
            StatefulSets(cluster),
            Services(cluster),
            EndpointsOfServices(cluster),
            self._budgets,
            NetworkPolicies(cluster),
            Events(recorder),
            EventsOfGroup(recorder),
            *self._chaos.collections,
            *self._access.collections,
        )
        self._evictions = Evictions(cluster, self._history, self._pods, self._budgets)
        self._logs, self._exec = PodLogs(cluster), PodExec(cluster)
        self._runner: web.AppRunner | None = None
        cluster.observers.append(lambda _: self._history.touch())

    async def open(self) -> int:
        """Listen on a free port of 127.0.0.1, and return it."""
        # A handler that a client no longer waits for ends at once: watches, logs, commands.
        self._runner = web.AppRunner(
            self.build(), access_log=None, shutdown_timeout=0.5, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        """End what goes on, and stop to listen."""
        self._history.close()
        self._exec.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def build(self) -> web.Application:
        """The aiohttp application with all paths."""
        app = web.Application(middlewares=[self._as_status], client_max_size=_BODY_LIMIT_BYTES)
        rest = Rest(self._history)
        for collection in self._collections:
            rest.serve(app, collection)
        self._deployments.serve(app)
        self._evictions.serve(app)
        self._logs.serve(app)
        self._exec.serve(app)
        self._access.serve(app)
        self._chaos.end_with(app)
        resources = [collection.resource for collection in self._collections]
        serve_discovery(app, [*resources, *self._access.resources])
        return app

    @web.middleware
    async def _as_status(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Let in who may come in, and answer every error as a `Status`."""
        try:
            _refuse_other_names(request)
            authorize(self._access, request)
            return await handler(request)
        except ApiError as error:
            return _refusal(error)
        except RecursionError:
            return _refusal(bad_request("the object is nested too deeply"))
        except web.HTTPNotFound:
            why = "the server could not find the requested resource"
            return _refusal(ApiError(404, "NotFound", why))
        except web.HTTPException as error:
            return _refusal(ApiError(error.status, error.reason.replace(" ", ""), error.reason))


def _refusal(error: ApiError) -> web.Response:
    seconds = error.body["details"].get("retryAfterSeconds")
    headers = {} if seconds is None else {"Retry-After": str(seconds)}
    return web.json_response(error.body, status=error.code, headers=headers)


def _refuse_other_names(request: web.Request) -> None:
    """Take requests for this machine only, and from no web page.

    A web page can make a browser talk to a loopback port under a name of its own, and says in
    Origin where it is from. The websocket client of Python names the address it calls.
    """
    if request.url.host not in _LOCAL_NAMES:
        raise forbidden(f"the API answers to {' and '.join(_LOCAL_NAMES)}")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"http://{request.host}":
        raise forbidden("the API answers to no web page")
