"""What the API says it speaks: versions, groups and resources."""

from __future__ import annotations

from typing import Any

from aiohttp import web

__all__ = ["routes"]

# group -> version -> (plural, kind, namespaced, verbs)
_RESOURCES: dict[tuple[str, str], list[tuple[str, str, bool, str]]] = {
    ("", "v1"): [
        ("namespaces", "Namespace", False, "get list"),
        ("pods", "Pod", True, "get list delete"),
    ],
    ("apps", "v1"): [
        ("deployments", "Deployment", True, "get list patch"),
        ("deployments/scale", "Scale", True, "get patch update"),
    ],
    ("chaos-mesh.org", "v1alpha1"): [
        ("networkchaos", "NetworkChaos", True, "create get list delete"),
        ("podchaos", "PodChaos", True, "create get list delete"),
    ],
}


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


def routes(app: web.Application) -> None:
    """Add the discovery paths."""
    _serve(app, "/version", _VERSION)
    _serve(
        app, "/api", {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
    )
    groups = [_group(group, version) for group, version in _RESOURCES if group]
    _serve(app, "/apis", {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
    for (group, version), resources in _RESOURCES.items():
        if group:
            body = {"kind": "APIGroup", "apiVersion": "v1"} | _group(group, version)
            _serve(app, f"/apis/{group}", body)
        path = f"/apis/{group}/{version}" if group else f"/api/{version}"
        _serve(app, path, _resource_list(path, resources))


def _serve(app: web.Application, path: str, body: dict[str, Any]) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body)

    app.router.add_get(path, answer)
    app.router.add_get(f"{path}/", answer)


def _group(group: str, version: str) -> dict[str, Any]:
    only = {"groupVersion": f"{group}/{version}", "version": version}
    return {"name": group, "versions": [only], "preferredVersion": only}


def _resource_list(path: str, resources: list[tuple[str, str, bool, str]]) -> dict[str, Any]:
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": path.removeprefix("/apis/").removeprefix("/api/"),
        "resources": [
            {
                "name": plural,
                "singularName": kind.lower(),
                "namespaced": namespaced,
                "kind": kind,
                "verbs": verbs.split(),
            }
            for plural, kind, namespaced, verbs in resources
        ],
    }
