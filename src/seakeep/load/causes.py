"""Why a request failed: from the exceptions of Locust and its clients to a cause."""

from __future__ import annotations

import errno
import socket
import ssl
from functools import lru_cache

from seakeep.causes import Cause
from seakeep.plain import one_line

__all__ = [
    "CutOffError",
    "ForeignHostError",
    "NoAnswerError",
    "cause_of",
    "failure_of",
    "message_of",
    "trace_id_of",
]

_CONNECTING = frozenset({"_connect_socket", "_new_conn"})
"""The frames of geventhttpclient and urllib3 in which a timeout is one of connecting."""
_BY_TYPE: tuple[tuple[type[BaseException], Cause], ...] = (
    (socket.gaierror, Cause.DNS),
    (ConnectionRefusedError, Cause.REFUSED),
    (ConnectionResetError, Cause.RESET),
    (BrokenPipeError, Cause.RESET),
    (ssl.SSLError, Cause.TLS),
)
_BY_NAME = {
    "LocustBadStatusCode": Cause.STATUS,
    "HTTPError": Cause.STATUS,
    "CatchResponseError": Cause.ASSERTION,
    "HTTPConnectionClosed": Cause.RESET,
    "RemoteDisconnected": Cause.RESET,
    "ForeignHostError": Cause.FOREIGN_HOST,
    "CutOffError": Cause.CUT_OFF,
    "NameResolutionError": Cause.DNS,
    "ConnectTimeoutError": Cause.TIMEOUT_CONNECT,
    "ConnectTimeout": Cause.TIMEOUT_CONNECT,
    "ReadTimeoutError": Cause.TIMEOUT_READ,
    "ReadTimeout": Cause.TIMEOUT_READ,
}

_OUT_OF_SOCKETS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.EADDRNOTAVAIL, errno.ENOBUFS, errno.ENOMEM}
)
"""What this machine says when it has no file, no local port or no memory for one more socket."""


_MOST_TEXT = 4096
"""Characters of a message that are looked at, and that are kept."""


class CutOffError(OSError):
    """The run ended while a request was on its way."""


class NoAnswerError(TimeoutError):
    """The run waited for an answer as long as it waits for anybody, and ended."""


class ForeignHostError(OSError):
    """A scenario, or a redirect, led to a host that is not the platform's; nothing was sent."""


def failure_of(error: BaseException, response: object) -> BaseException:
    """Return what a request failed of, where a scenario called it a failure as well.

    Locust's ``rest`` does so with all that is no JSON: what did not come to an answer at all, and
    the page of a server that says 503. Why it came to that is with the response.
    """
    first = getattr(response, "error", None)
    is_called_so = type(error).__name__ == "CatchResponseError"
    return first if is_called_so and isinstance(first, BaseException) else error


def cause_of(error: BaseException) -> Cause:
    """Return why a request failed, for machines."""
    for inner in _chain(error):
        if type(inner).__name__ in _BY_NAME:
            return _BY_NAME[type(inner).__name__]
        if isinstance(inner, OSError) and inner.errno in _OUT_OF_SOCKETS:
            return Cause.GENERATOR_SATURATED
        if isinstance(inner, TimeoutError):
            return Cause.TIMEOUT_CONNECT if _while_connecting(inner) else Cause.TIMEOUT_READ
        for kind, cause in _BY_TYPE:
            if isinstance(inner, kind):
                return cause
    return Cause.PROTOCOL


def message_of(text: str) -> str:
    """Return what a failure says on one line.

    A scenario may well call a whole page a failure: only its beginning is looked at, and the word
    that is cut in two is not shown, since it might be half of a secret.
    """
    if len(text) <= _MOST_TEXT:
        return _line_of(text)
    line = one_line(text[:_MOST_TEXT])
    return line if line.endswith("...") else line.rpartition(" ")[0]


@lru_cache(maxsize=1024)
def _line_of(text: str) -> str:
    """Many requests fail alike."""
    return one_line(text)


def trace_id_of(error: BaseException, response: object) -> str:
    """Return the trace id of a request that failed, as far as it is known."""
    for known in (error, getattr(error, "original", None), response):
        headers = getattr(getattr(known, "request", None), "headers", None) or {}
        if "traceparent" in headers:
            return str(headers["traceparent"])[3:35]
    return ""


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
