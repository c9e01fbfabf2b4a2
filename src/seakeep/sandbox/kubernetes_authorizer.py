"""Who may do what: where an authorizer is put in, and what it is asked.

https://kubernetes.io/docs/reference/access-authn-authz/authorization/#review-your-request-attributes
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from seakeep.sandbox.kubernetes_status import forbidden

__all__ = ["Authorizer", "RequestAttributes", "authorize", "request_attributes"]

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_WATCHING = {"true", "1"}


@dataclass(frozen=True, slots=True)
class RequestAttributes:
    """What a request is about, as the API server reads it off the path.

    Attributes:
        user: Who asks; empty for the sandbox's owner.
        verb: get, list, watch, create, update, patch, delete or deletecollection; for a path
            that is no resource the method in small letters.
        namespace: Empty for all, or none.
        name: Empty for a whole collection.
    """

    user: str
    verb: str
    path: str
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""


class Authorizer(Protocol):
    """Decides on every request."""

    def user(self, request: web.Request) -> str:
        """Who asks; empty for the sandbox's owner.

        Raises:
            ApiError: 401, nobody knows.
        """
        ...

    def allow(self, attributes: RequestAttributes) -> str | None:
        """Why the request is refused, which may go without saying; None when it is allowed."""
        ...


def authorize(authorizer: Authorizer, request: web.Request) -> None:
    """Let a request pass.

    Raises:
        ApiError: 401, nobody knows who asks; 403, with the authorizer's reason.
    """
    attributes = request_attributes(request, authorizer.user(request))
    reason = authorizer.allow(attributes)
    if reason is None:
        return
    user, why = attributes.user, f": {reason}" if reason else ""
    if not attributes.resource:
        raise forbidden(f'User "{user}" cannot {attributes.verb} path "{attributes.path}"{why}')
    resource = "/".join(filter(None, (attributes.resource, attributes.subresource)))
    kind = ".".join(filter(None, (attributes.resource, attributes.group)))
    where = (
        f'in the namespace "{attributes.namespace}"'
        if attributes.namespace
        else "at the cluster scope"
    )
    name = f' "{attributes.name}"' if attributes.name else ""
    raise forbidden(
        f'{kind}{name} is forbidden: User "{user}" cannot {attributes.verb} resource '
        f'"{resource}" in API group "{attributes.group}" {where}{why}',
        kind,
        attributes.name,
    )


def request_attributes(request: web.Request, user: str = "") -> RequestAttributes:
    """What a request of that user is about.

    As `RequestInfoFactory.NewRequestInfo` in k8s.io/apiserver/pkg/endpoints/request.
    """
    parts = [part for part in request.path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return RequestAttributes(user, request.method.lower(), request.path)
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2:
            rest = rest[2:]
    resource, name, subresource = [*rest, "", ""][:3]
    verb = _verb(request, name)
    place = (group, version, resource, subresource, namespace, name)
    return RequestAttributes(user, verb, request.path, *place)


def _verb(request: web.Request, name: str) -> str:
    if request.method in {"GET", "HEAD"}:
        watching = request.query.get("watch", "").lower() in _WATCHING
        return ("watch" if watching else "list") if watching or not name else "get"
    verb = _VERBS.get(request.method, request.method.lower())
    return "deletecollection" if verb == "delete" and not name else verb
