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
_UNITS = ((86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


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
    """A duration in two units at most, such as 5m7s, 3h12m or 12d.

    Simplified from HumanDuration in k8s.io/apimachinery/pkg/util/duration.
    """
    left = max(0, int(seconds))
    if left < 120:
        return f"{left}s"
    parts: list[str] = []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
    return "".join(parts[:2])


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
