"""Tables: how the API has `kubectl get` print objects of any kind.

https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
"""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from seakeep.sandbox.kubernetes_resource import Column, Json, Resource
from seakeep.sandbox.kubernetes_status import ApiError, bad_request

__all__ = ["age", "short_duration", "table", "wants_table"]

_VERSIONS = ("v1", "v1beta1")
_INCLUDED = ("None", "Metadata", "Object")
_S, _M, _H, _D = (1, "s"), (60, "m"), (3600, "h"), (86400, "d")
_NONE = (10**9, "")
# Below so many seconds: in which unit, and the rest in which.
_STEPS = (
    (120, _S, _NONE),
    (600, _M, _S),
    (3 * 3600, _M, _NONE),
    (8 * 3600, _H, _M),
    (48 * 3600, _H, _NONE),
    (8 * 86400, _D, _H),
    (730 * 86400, _D, _NONE),
)


def wants_table(request: web.Request) -> str:
    """The version of the table a client prefers; empty when it wants the objects.

    Raises:
        ApiError: 406, it takes nothing that there is.
    """
    accepted = request.headers.get("Accept", "*/*").split(",")
    for media_range in accepted:
        kind, *rest = [part.strip() for part in media_range.split(";")]
        parameters = dict(part.partition("=")[::2] for part in rest)
        if kind not in {"application/json", "application/*", "*/*"}:
            continue
        if "as" not in parameters:
            return ""
        if parameters["as"] == "Table" and parameters.get("v") in _VERSIONS:
            return str(parameters["v"])
    raise ApiError(406, "NotAcceptable", "wanted application/json, or a Table of meta.k8s.io in it")


def table(request: web.Request, version: str, resource: Resource, found: list[Json]) -> Json:
    """The objects as rows."""
    include = request.query.get("includeObject", "Metadata")
    if include not in _INCLUDED:
        raise bad_request(f"includeObject: found {include!r}; wanted {', '.join(_INCLUDED)}")
    columns = (_NAME, *resource.columns, _AGE)
    return {
        "kind": "Table",
        "apiVersion": f"meta.k8s.io/{version}",
        "metadata": {},
        "columnDefinitions": [_definition(column) for column in columns],
        "rows": [
            {
                "cells": [column.cell(item) for column in columns],
                "object": _included(item, include, version),
            }
            for item in found
        ],
    }


def age(since: str) -> str:
    """How long ago a timestamp of the API was, as `kubectl` writes it."""
    if not since:
        return "<unknown>"
    passed = datetime.now(UTC) - datetime.fromisoformat(since)
    return short_duration(passed.total_seconds())


def short_duration(seconds: float) -> str:
    """A duration as `kubectl` writes an age: 90s, 5m7s, 45m, 3h12m, 30h, 4d6h, 99d.

    As `HumanDuration` in k8s.io/apimachinery/pkg/util/duration.
    """
    whole = max(0, int(seconds))
    for below, (size, unit), (small, small_unit) in _STEPS:
        if whole < below:
            count, rest = divmod(whole, size)
            return f"{count}{unit}" + (f"{rest // small}{small_unit}" if rest // small else "")
    years, rest = divmod(whole // 86400, 365)
    return f"{years}y{rest}d" if rest and years < 8 else f"{years}y"


def _definition(column: Column) -> Json:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format,
        "description": "",
        "priority": int(column.wide),
    }


def _included(found: Json, include: str, version: str) -> Json | None:
    if include == "None":
        return None
    if include == "Object":
        return found
    kind = {"kind": "PartialObjectMetadata", "apiVersion": f"meta.k8s.io/{version}"}
    return kind | {"metadata": found["metadata"]}


_NAME = Column("Name", lambda found: found["metadata"]["name"], format="name")
_AGE = Column("Age", lambda found: age(found["metadata"].get("creationTimestamp", "")))
