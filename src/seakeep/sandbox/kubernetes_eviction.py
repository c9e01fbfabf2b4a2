"""Evictions: deletions of pods that ask the budgets first.

https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
"""

from __future__ import annotations

from aiohttp import web

from seakeep.sandbox.cluster import Cluster
from seakeep.sandbox.kubernetes_disruption import Budget, DisruptionBudgets
from seakeep.sandbox.kubernetes_history import History
from seakeep.sandbox.kubernetes_pods import Pods
from seakeep.sandbox.kubernetes_query import json_body, options_of, refuse_unsupported
from seakeep.sandbox.kubernetes_resource import Json
from seakeep.sandbox.kubernetes_rest import check_preconditions
from seakeep.sandbox.kubernetes_status import ApiError, bad_request, not_found, too_many_requests
from seakeep.sandbox.kubernetes_stored import Stored
from seakeep.sandbox.pods import Pod

__all__ = ["Evictions"]

_VERSIONS = ("policy/v1", "policy/v1beta1")


class Evictions:
    """Evicts pods, as far as their budgets allow."""

    def __init__(
        self, cluster: Cluster, history: History, pods: Pods, budgets: DisruptionBudgets
    ) -> None:
        self._cluster = cluster
        self._history = history
        self._pods = pods
        self._budgets = budgets

    def serve(self, app: web.Application) -> None:
        """Add the path."""
        place = "/api/v1/namespaces/{namespace}/pods/{name}/eviction"
        app.router.add_post(place, self._evict)

    async def _evict(self, request: web.Request) -> web.Response:
        refuse_unsupported(request)
        body = await json_body(request)
        name = request.match_info["name"]
        options = options_of(_delete_options(body, name))
        self._history.refresh(self._pods.resource)
        found = self._history.find(self._pods.resource, request.match_info["namespace"], name)
        pod = self._cluster.pod(name)
        if found is None or pod is None:
            raise not_found("pods", name)
        check_preconditions(self._pods, found, options)
        self._ask_budgets(pod)
        self._pods.delete(found, options)
        return web.json_response(
            {
                "kind": "Status",
                "apiVersion": "v1",
                "metadata": {},
                "status": "Success",
                "code": 201,
            },
            status=201,
        )

    def _ask_budgets(self, pod: Pod) -> None:
        """Refuse what a budget does not allow.

        As `EvictionREST.Create` in Kubernetes' pkg/registry/core/pod/storage/eviction.go.
        """
        if pod.deleting_since is not None or pod.phase != "Running":
            return
        budgets = self._budgets.of(pod)
        if len(budgets) > 1:
            raise ApiError(
                500,
                "InternalError",
                "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                "does not support.",
            )
        for stored in budgets:
            self._ask(stored, pod)

    def _ask(self, stored: Stored[Budget], pod: Pod) -> None:
        found = self._budgets.disruption(stored.meaning)
        if not pod.ready:
            enough = found.healthy >= found.desired > 0
            if stored.meaning.evict_unhealthy or enough:
                return
        if found.allowed > 0:
            return
        why = (
            f"The disruption budget {stored.name} needs {found.desired} healthy pods and has "
            f"{found.healthy} currently"
        )
        raise too_many_requests(
            "Cannot evict pod as it would violate the pod's disruption budget.",
            causes=[{"reason": "DisruptionBudget", "message": why}],
        )


def _delete_options(body: object, name: str) -> Json:
    """The options of an eviction, which must be of that pod."""
    if not isinstance(body, dict) or body.get("kind", "Eviction") != "Eviction":
        raise bad_request("wanted an Eviction in the body")
    if body.get("apiVersion", _VERSIONS[0]) not in _VERSIONS:
        raise bad_request(f"apiVersion: wanted {' or '.join(_VERSIONS)}")
    named = (body.get("metadata") or {}).get("name", name)
    if named != name:
        raise bad_request(f"name in URL does not match name in Eviction object: {named}")
    options = body.get("deleteOptions") or {}
    if not isinstance(options, dict):
        raise bad_request("deleteOptions: wanted an object")
    return options
