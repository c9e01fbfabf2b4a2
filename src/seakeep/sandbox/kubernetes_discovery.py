"""What the API says it speaks: versions, groups and resources, from what is really served."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from aiohttp import web

from seakeep.sandbox.kubernetes_resource import Json, Resource, Subresource

__all__ = ["serve_discovery"]

# Clients check strictly that every one of these texts is there.
_VERSION = {
    "major": "1",
    "minor": "33",
    "gitVersion": "v1.33.0+seakeep-sandbox",
    "gitCommit": "",
    "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z",
    "goVersion": "",
    "compiler": "",
    "platform": "sandbox/loopback",
}
_OPENAPI = {
    "swagger": "2.0",
    "info": {"title": "Seakeep sandbox", "version": _VERSION["gitVersion"]},
    "paths": {},
    "definitions": {},
}
_HEALTH_PATHS = ("/healthz", "/livez", "/readyz")


def serve_discovery(app: web.Application, resources: Iterable[Resource]) -> None:
    """Add the paths that tell of those resources."""
    _serve(app, "/version", _VERSION)
    core = {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    _serve(app, "/api", core)
    ordered = sorted(resources, key=_place)
    groups = []
    for (group, version), found in groupby(ordered, key=_place):
        listed = list(found)
        _serve(app, listed[0].root, _resource_list(listed))
        if group:
            groups.append(_group(group, version))
            _serve(app, f"/apis/{group}", {"kind": "APIGroup", "apiVersion": "v1"} | groups[-1])
    _serve(app, "/apis", {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    app.router.add_get("/openapi/v2", _openapi)
    for path in _HEALTH_PATHS:
        app.router.add_get(path, _healthy)


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _openapi(request: web.Request) -> web.Response:
    """No schemas; in protocol buffers, which kubectl wants, that is an empty message.

    Without a schema kubectl leaves it to the server to check an object, as it should.
    """
    accepted = request.headers.get("Accept", "")
    if "proto-openapi" in accepted:
        kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
        return web.Response(body=b"", headers={"Content-Type": kind})
    return web.json_response(_OPENAPI)


def _serve(app: web.Application, path: str, body: Json) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body)

    app.router.add_get(path, answer)
    app.router.add_get(f"{path}/", answer)


def _place(resource: Resource) -> tuple[str, str]:
    return resource.group, resource.version


def _group(group: str, version: str) -> Json:
    only = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [only], "preferredVersion": only}


def _resource_list(resources: Sequence[Resource]) -> Json:
    listed = []
    for resource in sorted(resources, key=lambda each: each.plural):
        listed.append(_entry(resource))
        listed += [_sub_entry(resource, each) for each in resource.subresources]
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": resources[0].api_version,
        "resources": listed,
    }


def _entry(resource: Resource) -> Json:
    return {
        "name": resource.plural,
        "singularName": resource.kind.lower(),
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": list(resource.verbs),
        "shortNames": list(resource.short_names),
        "categories": list(resource.categories),
    }


def _sub_entry(resource: Resource, sub: Subresource) -> Json:
    entry: Json = {
        "name": f"{resource.plural}/{sub.name}",
        "singularName": "",
        "namespaced": resource.namespaced,
        "kind": sub.kind,
        "verbs": list(sub.verbs),
    }
    if sub.version:
        entry |= {"group": sub.group, "version": sub.version}
    return entry
