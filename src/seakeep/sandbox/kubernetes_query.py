"""What clients ask of the API: selectors, delete options, patches."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from seakeep.sandbox.kubernetes_status import bad_request
from seakeep.sandbox.label_selector import LabelSelector

__all__ = ["grace_s", "json_body", "refuse_unsupported", "selected"]

_FIELDS = ("metadata.name", "metadata.namespace", "status.phase", "spec.nodeName")


async def json_body(request: web.Request) -> Any:  # noqa: ANN401 - it is whatever was sent
    """The JSON of the request; None when it has no body."""
    text = await request.text()
    try:
        return json.loads(text) if text else None
    except ValueError as error:
        raise bad_request(f"the body is not JSON: {error}") from None


def refuse_unsupported(request: web.Request) -> None:
    """Refuse, rather than ignore, the parameters that change what a request means."""
    for name in ("watch", "dryRun"):
        if request.query.get(name, "").lower() not in {"", "false", "0"}:
            raise bad_request(f"the sandbox does not support {name}")


def selected(request: web.Request, objects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those objects that the request's label and field selectors choose."""
    try:
        labels = LabelSelector.parse(request.query.get("labelSelector", ""))
    except ValueError as error:
        raise bad_request(str(error)) from None
    fields = _field_conditions(request.query.get("fieldSelector", ""))
    return [
        found
        for found in objects
        if labels.matches(found["metadata"].get("labels") or {})
        and all((_field(found, path) == value) is wanted for path, value, wanted in fields)
    ]


async def grace_s(request: web.Request) -> float | None:
    """The grace period a deletion names, in the query or the body; None for the default."""
    body = await json_body(request)
    named = body.get("gracePeriodSeconds") if isinstance(body, dict) else None
    named = request.query.get("gracePeriodSeconds", named)
    if named is None:
        return None
    try:
        seconds = int(named)
    except (TypeError, ValueError):
        raise bad_request(f"gracePeriodSeconds: found {named!r}; wanted whole seconds") from None
    # The API server reads -1 as 1, as the field's documentation says.
    return float(seconds) if seconds >= 0 else 1.0


def _field_conditions(text: str) -> list[tuple[str, str, bool]]:
    """Path, value, and whether it must be equal, for each part of a field selector."""
    conditions = []
    for part in filter(None, text.split(",")):
        path, sign, value = part.partition("!=") if "!=" in part else part.partition("=")
        if not sign or path not in _FIELDS:
            raise bad_request(f"field label not supported: {path}; there are {', '.join(_FIELDS)}")
        conditions.append((path, value.removeprefix("="), sign == "="))
    return conditions


def _field(found: dict[str, Any], path: str) -> object:
    value: Any = found
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value
