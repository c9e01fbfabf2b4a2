"""What becomes of an answer of Kubernetes: a value, nothing, or an error of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from seakeep.errors import FaultError
from seakeep.plain import one_line

__all__ = ["ForbiddenError", "asked", "asked_unless_forbidden"]


class ForbiddenError(FaultError):
    """The cluster knows who asks, and does not let them."""


def asked(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - the client is untyped
    """Return the cluster's answer, or ``None`` when what was asked for is not there.

    Raises:
        ForbiddenError: We may not ask for it.
        FaultError: The cluster does not answer, refuses, or makes no sense.
    """
    try:
        return call()
    except ApiException as error:
        if error.status == 404:
            return None
        kind = ForbiddenError if error.status == 403 else FaultError
        raise kind(
            f"the cluster refused: HTTP {error.status} {one_line(str(error.reason))}"
        ) from error
    except (HTTPError, OSError) as error:
        raise FaultError(f"the cluster does not answer: {one_line(str(error))}") from error
    except ValueError as error:  # the client checks what it was given
        wrong = one_line(str(error))
        raise FaultError(f"the cluster's answer makes no sense: {wrong}") from error


def asked_unless_forbidden(call: Callable[[], Any]) -> Any:  # noqa: ANN401 - as above
    """Return the cluster's answer, or ``None`` when it is not there, or not for us to see.

    Raises:
        FaultError: The cluster does not answer, refuses, or makes no sense.
    """
    try:
        return asked(call)
    except ForbiddenError:
        return None
