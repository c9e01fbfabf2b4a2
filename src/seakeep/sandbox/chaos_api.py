"""The Chaos Mesh objects in the Kubernetes API: create, list, get and delete."""

from __future__ import annotations

import copy
import re
from typing import Any

from aiohttp import web

from seakeep.sandbox.chaos_mesh import KINDS, ChaosController, Experiment
from seakeep.sandbox.chaos_spec import ChaosInvalidError
from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.kubernetes_objects import object_list, timestamp
from seakeep.sandbox.kubernetes_query import json_body, selected
from seakeep.sandbox.kubernetes_status import (
    already_exists,
    bad_request,
    invalid,
    not_found,
    success,
)

__all__ = ["ChaosApi"]

_GROUP = "chaos-mesh.org"
_VERSION = f"{_GROUP}/v1alpha1"
_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")  # RFC 1123 subdomain


class ChaosApi:
    """Passes objects between clients and the controller."""

    def __init__(self, controller: ChaosController) -> None:
        self._controller = controller

    def routes(self, app: web.Application) -> None:
        """Add the paths of every kind of chaos."""
        root = f"/apis/{_VERSION}"
        kinds = "{plural:" + "|".join(KINDS) + "}"
        collection = f"{root}/namespaces/{{namespace}}/{kinds}"
        app.router.add_get(f"{root}/{kinds}", self._list)
        app.router.add_get(collection, self._list)
        app.router.add_post(collection, self._create)
        app.router.add_get(f"{collection}/{{name}}", self._get)
        app.router.add_delete(f"{collection}/{{name}}", self._delete)

    async def _list(self, request: web.Request) -> web.Response:
        plural = request.match_info["plural"]
        here = request.match_info.get("namespace", NAMESPACE) == NAMESPACE
        experiments = self._controller.experiments(plural) if here else ()
        items = selected(request, [_object(experiment) for experiment in experiments])
        revision = max((experiment.revision for experiment in experiments), default=1)
        return web.json_response(object_list(KINDS[plural][0], _VERSION, items, revision))

    async def _create(self, request: web.Request) -> web.Response:
        plural, namespace = request.match_info["plural"], request.match_info["namespace"]
        if namespace != NAMESPACE:
            raise not_found("namespaces", namespace)
        kind = KINDS[plural][0]
        manifest, name = _manifest(await json_body(request), kind, namespace)
        if self._controller.find(plural, name) is not None:
            raise already_exists(f"{plural}.{_GROUP}", name)
        try:
            experiment = Experiment(plural, manifest, namespace)
        except ChaosInvalidError as error:
            raise invalid(f"{kind}.{_GROUP}", name, error.field, error.problem) from None
        self._controller.create(plural, name, experiment)
        return web.json_response(_object(experiment), status=201)

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(_object(self._find(request)))

    async def _delete(self, request: web.Request) -> web.Response:
        experiment = self._find(request)
        plural, name = request.match_info["plural"], request.match_info["name"]
        self._controller.delete(plural, name)
        return web.json_response(success(plural, name, experiment.uid, _GROUP))

    def _find(self, request: web.Request) -> Experiment:
        plural, name = request.match_info["plural"], request.match_info["name"]
        here = request.match_info["namespace"] == NAMESPACE
        experiment = self._controller.find(plural, name) if here else None
        if experiment is None:
            raise not_found(f"{plural}.{_GROUP}", name)
        return experiment


def _manifest(body: object, kind: str, namespace: str) -> tuple[dict[str, Any], str]:
    """The object a client sent and its name, if it is one of that kind."""
    if not isinstance(body, dict):
        raise bad_request("wanted an object in the body")
    if (body.get("apiVersion"), body.get("kind")) != (_VERSION, kind):
        found = f"{body.get('apiVersion')} {body.get('kind')}"
        raise bad_request(f"found an object of {found}; wanted {_VERSION} {kind}")
    metadata = body.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(name, str) or not _NAME.fullmatch(name):
        problem = "wanted lower case letters, digits, '-' and '.'"
        raise invalid(f"{kind}.{_GROUP}", str(name), "metadata.name", problem)
    if metadata.get("namespace", namespace) != namespace:
        raise bad_request(
            f"the namespace of the object ({metadata['namespace']}) does not match the path's "
            f"({namespace})"
        )
    return body, name


def _object(experiment: Experiment) -> dict[str, Any]:
    """The object as clients see it: what was sent, with the server's part added."""
    found = copy.deepcopy(experiment.manifest)
    known = ("name", "labels", "annotations")
    metadata = {name: found["metadata"][name] for name in known if name in found["metadata"]}
    metadata |= {
        "namespace": NAMESPACE,
        "uid": experiment.uid,
        "resourceVersion": str(experiment.revision),
        "generation": experiment.generation,
        "creationTimestamp": timestamp(experiment.created_at),
    }
    return found | {"metadata": metadata, "status": experiment.status()}
