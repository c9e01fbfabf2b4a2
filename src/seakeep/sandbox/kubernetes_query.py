"""What clients ask of the API: selectors, pages, delete options, bodies."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from seakeep.sandbox.kubernetes_resource import DeleteOptions, Json, Resource
from seakeep.sandbox.kubernetes_status import ApiError, bad_request, unsupported_media_type
from seakeep.sandbox.label_selector import LabelSelector

__all__ = [
    "ListOptions",
    "delete_options",
    "json_body",
    "options_of",
    "query_flag",
    "query_number",
    "refuse_unsupported",
    "selected",
    "selection",
]

_FIELDS = ("metadata.name", "metadata.namespace")
_FIELD = re.compile(r"([A-Za-z.]+)(==|!=|=)(.*)")
_POLICIES = ("Orphan", "Background", "Foreground")
_JSON_TYPES = ("application/json",)
_TRUE, _FALSE = ("true", "1"), ("", "false", "0")
Selection = Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What a client wants of a collection.

    Attributes:
        wanted: Whether an object is selected.
        narrowed: Whether a selector narrows the collection at all.
        limit: The length of a page; 0 for all at once.
        resource_version: From which revision to watch; empty for now.
        timeout_s: After how many seconds a watch ends.
    """

    wanted: Selection
    narrowed: bool
    watch: bool
    bookmarks: bool
    limit: int
    token: str
    resource_version: str
    timeout_s: float | None

    @classmethod
    def read(cls, request: web.Request, resource: Resource) -> ListOptions:
        """The options in the query of a request.

        Raises:
            ApiError: 400, naming the parameter that makes no sense.
        """
        version = request.query.get("resourceVersion", "")
        if not re.fullmatch(r"[0-9]{0,18}", version):
            raise bad_request(f"resourceVersion: found {version!r}; wanted a number")
        if query_flag(request, "sendInitialEvents"):
            raise bad_request("the sandbox does not support sendInitialEvents: list, then watch")
        return cls(
            selection(request, resource),
            bool(request.query.get("labelSelector") or request.query.get("fieldSelector")),
            query_flag(request, "watch"),
            query_flag(request, "allowWatchBookmarks"),
            query_number(request, "limit") or 0,
            request.query.get("continue", ""),
            version,
            query_number(request, "timeoutSeconds") or None,
        )


def query_flag(request: web.Request, name: str) -> bool:
    """A parameter that is true or false.

    Raises:
        ApiError: 400, it is neither.
    """
    value = request.query.get(name, "").lower()
    if value not in _TRUE + _FALSE:
        raise bad_request(f"{name}: found {value!r}; wanted true or false")
    return value in _TRUE


def query_number(request: web.Request, name: str) -> int | None:
    """A parameter that is a whole number of 0 or more; None when it is not there.

    Raises:
        ApiError: 400, it is none.
    """
    value = request.query.get(name)
    if not value:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", value):
        raise bad_request(f"{name}: found {value!r}; wanted a whole number, 0 or more")
    return int(value)


async def json_body(request: web.Request, types: tuple[str, ...] = ()) -> Any:  # noqa: ANN401
    """The JSON of the request, whatever it is; None when it has no body.

    Args:
        request: Whose.
        types: The content types that are understood; by default JSON's own.

    Raises:
        ApiError: 415, it is of another type; 400, it is no JSON.
    """
    text = await request.text()
    if not text:
        return None
    named = "Content-Type" in request.headers
    if named and request.content_type not in (types or _JSON_TYPES):
        raise unsupported_media_type(request.content_type, types or _JSON_TYPES)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"the body is not JSON: {error}") from None


def refuse_unsupported(request: web.Request) -> None:
    """Refuse, rather than ignore, the parameters that change what a request means."""
    if request.query.get("dryRun", ""):
        raise bad_request("the sandbox does not support dryRun")


def selection(request: web.Request, resource: Resource | None = None) -> Selection:
    """Whether the request's label and field selectors choose an object.

    Raises:
        ApiError: 400, a selector makes no sense.
    """
    try:
        labels = LabelSelector.parse(request.query.get("labelSelector", ""))
    except ValueError as error:
        raise bad_request(str(error)) from None
    known = _FIELDS + (resource.fields if resource else ())
    fields = _field_conditions(request.query.get("fieldSelector", ""), known)

    def chosen(found: Json) -> bool:
        return labels.matches(found["metadata"].get("labels") or {}) and all(
            (_field(found, path) == value) is wanted for path, value, wanted in fields
        )

    return chosen


def selected(request: web.Request, objects: list[Json]) -> list[Json]:
    """Those objects that the request's label and field selectors choose."""
    return list(filter(selection(request), objects))


async def delete_options(request: web.Request) -> DeleteOptions:
    """How a deletion is to be done, by its query and its body.

    Raises:
        ApiError: 400, an option makes no sense.
    """
    body = await json_body(request)
    if body is not None and not isinstance(body, dict):
        raise bad_request("the body: wanted DeleteOptions")
    return options_of((body or {}) | dict(request.query))


def options_of(options: Json) -> DeleteOptions:
    """The `DeleteOptions` of a client.

    Raises:
        ApiError: 400, an option makes no sense.
    """
    if options.get("dryRun"):
        raise bad_request("the sandbox does not support dryRun")
    policy = options.get("propagationPolicy")
    if policy is not None and policy not in _POLICIES:
        raise bad_request(f"propagationPolicy: found {policy!r}; wanted {', '.join(_POLICIES)}")
    preconditions = options.get("preconditions") or {}
    if not isinstance(preconditions, dict):
        raise bad_request(f"preconditions: found {preconditions!r}; wanted an object")
    uid, version = (str(preconditions.get(name) or "") for name in ("uid", "resourceVersion"))
    return DeleteOptions(_grace_s(options.get("gracePeriodSeconds")), uid, version)


def _grace_s(named: object) -> float | None:
    if named is None:
        return None
    try:
        seconds = int(str(named))
    except ValueError:
        raise _not_seconds(named) from None
    if seconds > 86400 * 365:
        raise _not_seconds(named)
    # The API server reads -1 as 1, as the field's documentation says.
    return float(seconds) if seconds >= 0 else 1.0


def _not_seconds(found: object) -> ApiError:
    return bad_request(f"gracePeriodSeconds: found {found!r}; wanted whole seconds")


def _field_conditions(text: str, known: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """Path, value, and whether it must be equal, for each part of a field selector."""
    conditions = []
    for part in filter(None, text.split(",")):
        match = _FIELD.fullmatch(part)
        if match is None or match[1] not in known:
            path = match[1] if match else part
            raise bad_request(f"field label not supported: {path}; there are {', '.join(known)}")
        conditions.append((match[1], match[3], match[2] != "!="))
    return conditions


def _field(found: Json, path: str) -> str:
    value: Any = found
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return "" if value is None else str(value)
