"""The Kubernetes API of the sandbox: what unmodified clients need to see and break it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from seakeep.sandbox import kubernetes_discovery, kubernetes_objects
from seakeep.sandbox.chaos_api import ChaosApi
from seakeep.sandbox.chaos_mesh import ChaosController
from seakeep.sandbox.cluster import NAMESPACE, Cluster
from seakeep.sandbox.deployment import Deployment
from seakeep.sandbox.kubernetes_query import grace_s, json_body, refuse_unsupported, selected
from seakeep.sandbox.kubernetes_status import ApiError, bad_request, invalid, not_found

__all__ = ["KubernetesApi"]

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOCAL_NAMES = ("127.0.0.1", "localhost")
_REPLICAS_LIMIT = 20  # each pod is a process of some 40 MB


class KubernetesApi:
    """Serves the cluster's objects over plain HTTP on loopback."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._chaos = ChaosApi(ChaosController(cluster))
        self._runner: web.AppRunner | None = None

    async def open(self) -> int:
        """Listen on a free port of 127.0.0.1, and return it."""
        self._runner = web.AppRunner(self.build(), access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port: int = self._runner.addresses[0][1]
        return port

    async def close(self) -> None:
        """Stop to listen."""
        if self._runner is not None:
            await self._runner.cleanup()

    def build(self) -> web.Application:
        """The aiohttp application with all paths."""
        app = web.Application(middlewares=[_as_status])
        kubernetes_discovery.routes(app)
        core, apps = "/api/v1", "/apis/apps/v1"
        pods = f"{core}/namespaces/{{namespace}}/pods"
        deployments = f"{apps}/namespaces/{{namespace}}/deployments"
        app.router.add_get(f"{core}/namespaces", self._list_namespaces)
        app.router.add_get(f"{core}/namespaces/{{name}}", self._get_namespace)
        app.router.add_get(f"{core}/pods", self._list_pods)
        app.router.add_get(pods, self._list_pods)
        app.router.add_get(f"{pods}/{{name}}", self._get_pod)
        app.router.add_delete(f"{pods}/{{name}}", self._delete_pod)
        app.router.add_get(f"{apps}/deployments", self._list_deployments)
        app.router.add_get(deployments, self._list_deployments)
        app.router.add_get(f"{deployments}/{{name}}", self._get_deployment)
        app.router.add_patch(f"{deployments}/{{name}}", self._patch_deployment)
        app.router.add_get(f"{deployments}/{{name}}/scale", self._get_scale)
        app.router.add_patch(f"{deployments}/{{name}}/scale", self._set_scale)
        app.router.add_put(f"{deployments}/{{name}}/scale", self._set_scale)
        self._chaos.routes(app)
        return app

    async def _list_namespaces(self, request: web.Request) -> web.Response:
        items = [kubernetes_objects.namespace(self._cluster)]
        return self._list(request, "Namespace", "v1", items)

    async def _get_namespace(self, request: web.Request) -> web.Response:
        if request.match_info["name"] != NAMESPACE:
            raise not_found("namespaces", request.match_info["name"])
        return web.json_response(kubernetes_objects.namespace(self._cluster))

    async def _list_pods(self, request: web.Request) -> web.Response:
        here = request.match_info.get("namespace", NAMESPACE) == NAMESPACE
        pods = self._cluster.pods() if here else ()
        return self._list(request, "Pod", "v1", [kubernetes_objects.pod(pod) for pod in pods])

    async def _get_pod(self, request: web.Request) -> web.Response:
        pod = self._cluster.pod(_name_here(request, "pods"))
        if pod is None:
            raise not_found("pods", request.match_info["name"])
        return web.json_response(kubernetes_objects.pod(pod))

    async def _delete_pod(self, request: web.Request) -> web.Response:
        pod = self._cluster.pod(_name_here(request, "pods"))
        if pod is None:
            raise not_found("pods", request.match_info["name"])
        self._cluster.delete(pod, await grace_s(request))
        return web.json_response(kubernetes_objects.pod(pod))

    async def _list_deployments(self, request: web.Request) -> web.Response:
        here = request.match_info.get("namespace", NAMESPACE) == NAMESPACE
        items = [kubernetes_objects.deployment(self._cluster.deployment)] if here else []
        return self._list(request, "Deployment", "apps/v1", items)

    async def _get_deployment(self, request: web.Request) -> web.Response:
        return web.json_response(kubernetes_objects.deployment(self._deployment(request)))

    async def _patch_deployment(self, request: web.Request) -> web.Response:
        deployment = self._deployment(request)
        self._scale(deployment, await json_body(request))
        return web.json_response(kubernetes_objects.deployment(deployment))

    async def _get_scale(self, request: web.Request) -> web.Response:
        return web.json_response(kubernetes_objects.scale(self._deployment(request)))

    async def _set_scale(self, request: web.Request) -> web.Response:
        deployment = self._deployment(request)
        self._scale(deployment, await json_body(request))
        return web.json_response(kubernetes_objects.scale(deployment))

    def _deployment(self, request: web.Request) -> Deployment:
        if _name_here(request, "deployments.apps") != self._cluster.deployment.name:
            raise not_found("deployments.apps", request.match_info["name"])
        return self._cluster.deployment

    def _scale(self, deployment: Deployment, body: object) -> None:
        replicas = _replicas(deployment.name, body)
        deployment.scale(replicas)
        deployment.revision = self._cluster.next_revision()

    def _list(
        self, request: web.Request, kind: str, version: str, items: list[dict[str, Any]]
    ) -> web.Response:
        chosen = selected(request, items)
        body = kubernetes_objects.object_list(kind, version, chosen, self._cluster.revision)
        return web.json_response(body)


@web.middleware
async def _as_status(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Answer every error as a `Status`."""
    try:
        _refuse_other_names(request)
        refuse_unsupported(request)
        return await handler(request)
    except ApiError as error:
        return web.json_response(error.body, status=error.code)
    except web.HTTPNotFound:
        missing = ApiError(404, "NotFound", "the server could not find the requested resource")
        return web.json_response(missing.body, status=404)
    except web.HTTPException as error:
        body = ApiError(error.status, error.reason.replace(" ", ""), error.reason).body
        return web.json_response(body, status=error.status)


def _refuse_other_names(request: web.Request) -> None:
    """Take requests for this machine only.

    A web page can make a browser talk to a loopback port under a name of its own.
    """
    if request.url.host not in _LOCAL_NAMES:
        raise ApiError(403, "Forbidden", f"the API answers to {' and '.join(_LOCAL_NAMES)}")


def _name_here(request: web.Request, kind: str) -> str:
    """The name in the path, if it is in the sandbox's namespace."""
    name = request.match_info["name"]
    if request.match_info["namespace"] != NAMESPACE:
        raise not_found(kind, name)
    return name


def _replicas(name: str, body: object) -> int:
    """The replicas a patch, or a scale, asks for; nothing else can be changed here."""
    if isinstance(body, list):
        body = _merged(body)
    spec = body.get("spec") if isinstance(body, dict) else None
    if not isinstance(spec, dict) or "replicas" not in spec:
        raise invalid("Deployment", name, "spec.replicas", "Required value")
    if others := sorted(set(spec) - {"replicas"}):
        problem = "the sandbox can change spec.replicas only"
        raise invalid("Deployment", name, f"spec.{others[0]}", problem)
    replicas = spec["replicas"]
    if isinstance(replicas, bool) or not isinstance(replicas, int):
        raise invalid("Deployment", name, "spec.replicas", f"found {replicas!r}; wanted a number")
    if not 0 <= replicas <= _REPLICAS_LIMIT:
        problem = f"found {replicas}; wanted 0 to {_REPLICAS_LIMIT}"
        raise invalid("Deployment", name, "spec.replicas", problem)
    return replicas


def _merged(operations: list[Any]) -> dict[str, Any]:
    """A JSON patch (RFC 6902) that sets the replicas, as the merge patch it amounts to."""
    match operations:
        case [{"op": "replace" | "add", "path": "/spec/replicas", "value": value}]:
            return {"spec": {"replicas": value}}
    raise bad_request("the sandbox knows one JSON patch: replace /spec/replicas")
