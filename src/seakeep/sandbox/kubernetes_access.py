"""Who asks, and what they may: bearer tokens, role-based access, and reviews of it.

A request without a token is that of the sandbox's owner, who may do everything. The token of a
service account is ``sandbox:<its name>``, the same at all times, and allows what the roles allow
that are bound to it: https://kubernetes.io/docs/reference/access-authn-authz/rbac/.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aiohttp import web

from seakeep.sandbox.cluster import NAMESPACE
from seakeep.sandbox.kubernetes_authorizer import RequestAttributes
from seakeep.sandbox.kubernetes_objects import timestamp
from seakeep.sandbox.kubernetes_query import json_body
from seakeep.sandbox.kubernetes_resource import Collection, Json, Resource
from seakeep.sandbox.kubernetes_roles import RoleBindings, Roles, ServiceAccounts
from seakeep.sandbox.kubernetes_status import ApiError, bad_request, not_found

__all__ = ["Access"]

_ACCOUNT = f"system:serviceaccount:{NAMESPACE}:"
_TOKEN = "sandbox:"  # noqa: S105 - the form of all tokens, which keep nothing secret
# https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
_AS = "impersonate-user"
_REVIEW_GROUP, _REVIEW = "authorization.k8s.io", "selfsubjectaccessreviews"
_FOR_ALL = ("/api", "/apis", "/openapi", "/version", "/healthz", "/livez", "/readyz")
_NOTED = 1000


class Access:
    """Decides on requests by the roles of whoever makes them.

    Attributes:
        collections: What clients change it by: accounts, roles and bindings.
        resources: What else it serves.
    """

    def __init__(self) -> None:
        self._accounts, self._roles, self._bindings = ServiceAccounts(), Roles(), RoleBindings()
        self.collections: tuple[Collection, ...] = (self._accounts, self._roles, self._bindings)
        self.resources = (
            Resource(
                _REVIEW_GROUP,
                "v1",
                _REVIEW,
                "SelfSubjectAccessReview",
                verbs=("create",),
                namespaced=False,
            ),
        )
        self._used: dict[str, set[tuple[str, str, str]]] = {}

    def serve(self, app: web.Application) -> None:
        """Add the paths beside those of the collections."""
        accounts = self._accounts.resource
        place = f"{accounts.root}/namespaces/{{namespace}}/{accounts.plural}/{{name}}"
        app.router.add_post(f"{place}/token", self._token)
        app.router.add_post(f"{self.resources[0].root}/{_REVIEW}", self._review)
        app.router.add_get("/sandbox/requests/{name}", self._requests)

    def user(self, request: web.Request) -> str:
        """Who asks, or as whom the owner asks; empty for the owner.

        Raises:
            ApiError: 401, it is a token of nobody; 403, who may not be asked as.
        """
        by = self._bearer(request)
        headers = {name.lower() for name in request.headers}
        asked = sorted(name for name in headers if name.startswith("impersonate-"))
        if not asked:
            return by
        named = request.headers.get(_AS, "")
        known = (
            named.startswith(_ACCOUNT) and named.removeprefix(_ACCOUNT) in self._accounts.names()
        )
        if by or asked != [_AS] or not known:
            message = (
                f"{', '.join(asked)}: the owner can ask as {_ACCOUNT}<an account>, nothing else"
            )
            raise ApiError(403, "Forbidden", message)
        return named

    def _bearer(self, request: web.Request) -> str:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        if not kind:
            return ""
        name = token.strip().removeprefix(_TOKEN)
        known = kind.lower() == "bearer" and token.strip().startswith(_TOKEN)
        if not known or name not in self._accounts.names():
            raise ApiError(401, "Unauthorized", "Unauthorized")
        return _ACCOUNT + name

    def allow(self, attributes: RequestAttributes) -> str | None:
        """Why a request is refused, which may go without saying; None when it is allowed."""
        if not self._allowed(attributes):
            return ""
        if attributes.user and attributes.resource not in {"", _REVIEW}:
            used = self._used.setdefault(attributes.user, set())
            if len(used) < _NOTED:
                used.add((attributes.verb, attributes.group, _resource(attributes)))
        return None

    def _allowed(self, attributes: RequestAttributes) -> bool:
        if not attributes.user:
            return True
        if not attributes.resource:
            first = f"/{attributes.path.split('/')[1]}"
            return attributes.verb in {"get", "head"} and first in _FOR_ALL
        if (attributes.group, attributes.resource) == (_REVIEW_GROUP, _REVIEW):
            return attributes.verb == "create"
        return attributes.namespace == NAMESPACE and any(
            rule.allows(attributes.verb, attributes.group, _resource(attributes), attributes.name)
            for role in self._bindings.roles_of(attributes.user.removeprefix(_ACCOUNT))
            for rule in self._roles.rules(role)
        )

    async def _review(self, request: web.Request) -> web.Response:
        """Say whether whoever asks might do something; nothing is done."""
        body = await json_body(request)
        spec = body.get("spec") if isinstance(body, dict) else None
        asked = spec.get("resourceAttributes") if isinstance(spec, dict) else None
        if not isinstance(asked, dict) or not all(isinstance(v, str) for v in asked.values()):
            raise bad_request("spec.resourceAttributes: wanted an object of texts")
        attributes = RequestAttributes(
            self.user(request),
            asked.get("verb", ""),
            "",
            asked.get("group", ""),
            asked.get("version", ""),
            asked.get("resource", ""),
            asked.get("subresource", ""),
            asked.get("namespace", ""),
            asked.get("name", ""),
        )
        answer: Json = {
            "kind": "SelfSubjectAccessReview",
            "apiVersion": f"{_REVIEW_GROUP}/v1",
            "metadata": {},
            "spec": spec,
            "status": {"allowed": bool(attributes.resource) and self._allowed(attributes)},
        }
        return web.json_response(answer, status=201)

    async def _token(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if request.match_info["namespace"] != NAMESPACE or name not in self._accounts.names():
            raise not_found("serviceaccounts", name)
        ends = timestamp(datetime.now(UTC) + timedelta(hours=1))
        answer: Json = {
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"name": name, "namespace": NAMESPACE},
            "spec": {"audiences": [], "expirationSeconds": 3600},
            "status": {"token": _TOKEN + name, "expirationTimestamp": ends},
        }
        return web.json_response(answer, status=201)

    async def _requests(self, request: web.Request) -> web.Response:
        """What an account was allowed and did: the rights that a program really needs."""
        used = self._used.get(_ACCOUNT + request.match_info["name"], set())
        keys = ("verb", "group", "resource")
        found = [dict(zip(keys, each, strict=True)) for each in sorted(used)]
        return web.json_response({"requests": found})


def _resource(attributes: RequestAttributes) -> str:
    return "/".join(filter(None, (attributes.resource, attributes.subresource)))
