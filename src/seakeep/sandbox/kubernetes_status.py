"""How a Kubernetes API says no: the `Status` object.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ApiError",
    "already_exists",
    "bad_request",
    "conflict",
    "expired",
    "forbidden",
    "invalid",
    "not_found",
    "success",
    "too_many_requests",
    "unsupported_media_type",
]


class ApiError(Exception):
    """A request refused, as the `Status` that the client gets.

    Args:
        code: The HTTP status.
        reason: One word that programs look at.
        message: A sentence that people read.
        details: What it concerns: `name`, `group`, `kind`, `causes`, `retryAfterSeconds`.
    """

    def __init__(self, code: int, reason: str, message: str, **details: object) -> None:
        self.code = code
        self.body: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details,
            "code": code,
        }
        super().__init__(message)


def not_found(kind: str, name: str) -> ApiError:
    """There is no such object."""
    return ApiError(404, "NotFound", f'{kind} "{name}" not found', name=name, kind=kind)


def already_exists(kind: str, name: str) -> ApiError:
    """There is one of that name already."""
    message = f'{kind} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, name=name, kind=kind)


def conflict(kind: str, name: str, why: str) -> ApiError:
    """The object is not what the client took it for."""
    message = f'Operation cannot be fulfilled on {kind} "{name}": {why}'
    return ApiError(409, "Conflict", message, name=name, kind=kind)


def expired(message: str) -> ApiError:
    """What the client wants to go on from is no longer kept; it has to list again."""
    return ApiError(410, "Expired", message)


def bad_request(message: str) -> ApiError:
    """The request makes no sense, or asks for what this API does not do."""
    return ApiError(400, "BadRequest", message)


def forbidden(message: str, kind: str = "", name: str = "") -> ApiError:
    """Whoever asks may not have it."""
    return ApiError(403, "Forbidden", message, name=name, kind=kind)


def unsupported_media_type(found: str, wanted: tuple[str, ...]) -> ApiError:
    """The body is written in a way that nobody here reads."""
    message = f"the body of the request is {found!r}; wanted one of {', '.join(wanted)}"
    return ApiError(415, "UnsupportedMediaType", message)


def too_many_requests(message: str, **details: object) -> ApiError:
    """Not now; perhaps later."""
    return ApiError(429, "TooManyRequests", message, **details)


def invalid(kind: str, name: str, field: str, problem: str) -> ApiError:
    """The object makes sense as JSON but not as what it says it is."""
    message = f'{kind} "{name}" is invalid: {field}: {problem}'
    causes = [{"reason": "FieldValueInvalid", "message": problem, "field": field}]
    return ApiError(422, "Invalid", message, name=name, kind=kind, causes=causes)


def success(kind: str, name: str, uid: str, group: str = "") -> dict[str, Any]:
    """The answer to a deletion that is done."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": name, "group": group, "kind": kind, "uid": uid},
    }
