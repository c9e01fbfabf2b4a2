"""How a Kubernetes API says no: the `Status` object.

https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
"""

from __future__ import annotations

from typing import Any

__all__ = ["ApiError", "already_exists", "bad_request", "invalid", "not_found", "success"]


class ApiError(Exception):
    """A request refused, as the `Status` that the client gets."""

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


def bad_request(message: str) -> ApiError:
    """The request makes no sense, or asks for what this API does not do."""
    return ApiError(400, "BadRequest", message)


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
