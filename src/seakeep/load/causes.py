"""Why a request failed, in the vocabulary that probes use too."""

from __future__ import annotations

import socket
import ssl
from functools import lru_cache

from seakeep.redact import redact

__all__ = ["FOREIGN_HOST", "ForeignHostError", "cause_of", "message_of"]

FOREIGN_HOST = "foreign-host"
"""The request was ours to refuse: it says nothing of the platform."""

_MAX_MESSAGE = 200
_CONNECTING = frozenset({"_connect_socket", "_new_conn"})
"""The frames of geventhttpclient and urllib3 in which a timeout is one of connecting."""
_BY_TYPE: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "dns"),
    (ConnectionRefusedError, "refused"),
    (ConnectionResetError, "reset"),
    (BrokenPipeError, "reset"),
    (ssl.SSLError, "tls"),
)
_BY_NAME = {
    "LocustBadStatusCode": "status",
    "HTTPError": "status",
    "CatchResponseError": "assertion",
    "HTTPConnectionClosed": "reset",
    "RemoteDisconnected": "reset",
    "ForeignHostError": FOREIGN_HOST,
    "NameResolutionError": "dns",
    "ConnectTimeoutError": "timeout-connect",
    "ConnectTimeout": "timeout-connect",
    "ReadTimeoutError": "timeout-read",
    "ReadTimeout": "timeout-read",
}


class ForeignHostError(OSError):
    """A scenario, or a redirect, led to a host that is not the platform's; nothing was sent."""


def cause_of(error: BaseException) -> str:
    """Return the short machine-readable cause of a failed request."""
    for inner in _chain(error):
        if type(inner).__name__ in _BY_NAME:
            return _BY_NAME[type(inner).__name__]
        if isinstance(inner, TimeoutError):
            return "timeout-connect" if _while_connecting(inner) else "timeout-read"
        for kind, cause in _BY_TYPE:
            if isinstance(inner, kind):
                return cause
    return "protocol"


@lru_cache(maxsize=1024)
def message_of(text: str) -> str:
    """Return what a failure says, without secrets and cut to a readable length."""
    message = redact(" ".join(text.split()))
    return message if len(message) <= _MAX_MESSAGE else f"{message[: _MAX_MESSAGE - 3]}..."


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and those it wraps, outermost first."""
    chain: list[BaseException] = []
    queue: list[object] = [error]
    while queue:
        current = queue.pop(0)
        if not isinstance(current, BaseException) or current in chain:
            continue
        chain.append(current)
        queue += [getattr(current, "original", None), getattr(current, "reason", None)]
        queue += [*current.args, current.__cause__, current.__context__]
    return chain


def _while_connecting(error: BaseException) -> bool:
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_name in _CONNECTING:
            return True
        step = step.tb_next
    return False
