"""Why an exchange failed: one boundary from the exceptions of the network to a cause.

httpx, httpcore, ssl and the operating system each have exceptions of their own; past this module
there is only `Failure`.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from enum import StrEnum

import h2.exceptions
import h11
import httpcore
import httpx

from seakeep.causes import Cause, Failure
from seakeep.duration import format_duration
from seakeep.plain import one_line
from seakeep.probes.exchange_errors import ExchangeError

__all__ = [
    "OUT_OF_RESOURCES",
    "Stage",
    "explain",
]


class Stage(StrEnum):
    """What an exchange is doing; the values are the blackbox exporter's phase names."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    TLS = "tls"
    PROCESSING = "processing"
    TRANSFER = "transfer"


# X509_V_ERR_* of https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_CERTIFICATE_CAUSES = {
    9: Cause.TLS_EXPIRED,  # not yet valid
    10: Cause.TLS_EXPIRED,
    62: Cause.TLS_HOSTNAME,
    64: Cause.TLS_HOSTNAME,  # the certificate is not for this IP address
}
_SYSTEM_CAUSES: tuple[tuple[type[Exception], Cause, Cause], ...] = (
    # the exception, what it means, and what it means during the TLS handshake
    (socket.gaierror, Cause.DNS, Cause.DNS),
    (ssl.SSLError, Cause.PROTOCOL, Cause.TLS_HANDSHAKE),
    (ConnectionRefusedError, Cause.REFUSED, Cause.REFUSED),
    (ConnectionError, Cause.RESET, Cause.TLS_HANDSHAKE),
)
OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS})
"""Errors of the system that are this machine's own, whatever it asked for."""
_LOCAL = (
    h11.LocalProtocolError,
    httpx.InvalidURL,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
    httpx.PoolTimeout,
    httpcore.UnsupportedProtocol,
    httpcore.LocalProtocolError,
    httpcore.ProxyError,
    httpcore.PoolTimeout,
    httpcore.ConnectionNotAvailable,
)
_READERS = frozenset({"h11", "h2", "hpack", "httpcore", "hyperframe"})
_FRAMES = h2.exceptions.ProtocolError
_TIMEOUTS = (TimeoutError, httpx.TimeoutException, httpcore.TimeoutException)
_PROTOCOL = (
    h11.ProtocolError,
    h2.exceptions.ProtocolError,
    httpx.ProtocolError,
    httpcore.ProtocolError,
    httpx.DecodingError,
    httpx.HTTPError,
)
_NETWORK = (httpx.NetworkError, httpcore.NetworkError, EOFError)


def explain(error: BaseException, stage: Stage, *, where: str, timeout_s: float) -> Failure:
    """Return what an exception says of the exchange that it ended.

    Args:
        error: What was raised while the request was sent or its answer was read.
        stage: What the exchange was doing at that moment.
        where: The host and port, for the message.
        timeout_s: The check's deadline, in seconds.
    """
    if isinstance(error, ExchangeError):
        return Failure(error.cause, one_line(str(error)))
    cause, root = _cause(error, stage)
    return Failure(cause, _message(cause, root, stage, where, timeout_s))


def _cause(error: BaseException, stage: Stage) -> tuple[Cause, BaseException]:
    """Return the cause, and the exception at the root of it all that tells it best."""
    if isinstance(error, httpcore.LocalProtocolError) and any(
        isinstance(each, _FRAMES) for each in (error.__context__, *error.args)
    ):
        return Cause.PROTOCOL, error  # httpcore calls "local" whatever h2 refuses of the answer
    if isinstance(error, _LOCAL):
        return Cause.OBSERVER, error
    if isinstance(error, _TIMEOUTS):
        return _timeout(stage), error
    for found in _chain(error):
        cause = _system_cause(found, stage)
        if cause is not None:
            return cause, found
    return _library_cause(error, stage), error


def _timeout(stage: Stage) -> Cause:
    match stage:
        case Stage.RESOLVE:
            return Cause.DNS
        case Stage.CONNECT | Stage.TLS:
            return Cause.TIMEOUT_CONNECT
        case _:
            return Cause.TIMEOUT_READ


def _system_cause(error: BaseException, stage: Stage) -> Cause | None:
    """Return what an exception of the system or of OpenSSL means; ``None`` for any other."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE_CAUSES.get(error.verify_code, Cause.TLS_UNTRUSTED)
    if isinstance(error, TimeoutError):  # the kernel's own, ETIMEDOUT
        return _timeout(stage)
    if isinstance(error, ssl.SSLError) and (cause := _alert(getattr(error, "reason", None) or "")):
        return cause
    for kind, cause, cause_in_tls in _SYSTEM_CAUSES:
        if isinstance(error, kind):
            return cause_in_tls if stage is Stage.TLS else cause
    if isinstance(error, OSError) and error.errno is not None:
        return Cause.OBSERVER if error.errno in OUT_OF_RESOURCES else Cause.UNREACHABLE
    return None


def _alert(reason: str) -> Cause | None:
    """Return what OpenSSL's name for a failure tells beyond the stage that it came in.

    The alert about a missing client certificate comes after the handshake, with the first answer:
    https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2.4.
    """
    if "PROTOCOL_VERSION" in reason or reason == "UNSUPPORTED_PROTOCOL":
        return Cause.TLS_VERSION
    return Cause.TLS_HANDSHAKE if "_ALERT_" in reason else None


def _library_cause(error: BaseException, stage: Stage) -> Cause:
    if isinstance(error, _NETWORK):
        by_stage = {Stage.TLS: Cause.TLS_HANDSHAKE, Stage.CONNECT: Cause.UNREACHABLE}
        return by_stage.get(stage, Cause.RESET)
    if isinstance(error, httpcore.RemoteProtocolError) and error.__cause__ is None:
        return Cause.RESET  # closed before a single byte of the answer: nothing for h11 to refuse
    is_protocol = isinstance(error, _PROTOCOL) or _is_of_a_reader(error)
    return Cause.PROTOCOL if is_protocol else Cause.OBSERVER


def _is_of_a_reader(error: BaseException) -> bool:
    """Return whether a library could make nothing of an answer, whatever it raised.

    httpcore reads a status with ``int``, and h2 looks up streams that nobody has opened.
    """
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    package = frame.tb_frame.f_globals.get("__name__", "").partition(".")[0] if frame else ""
    return package in _READERS


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception, and all that it was raised from or groups."""
    waiting, seen = [error], set[int]()
    while waiting:
        found = waiting.pop(0)
        if id(found) in seen:
            continue
        seen.add(id(found))
        yield found
        waiting += [e for e in (found.__cause__, found.__context__) if e is not None]
        if isinstance(found, BaseExceptionGroup):
            waiting += found.exceptions


_WANTED = {
    Stage.RESOLVE: "an address for {}",
    Stage.CONNECT: "a connection to {}",
    Stage.TLS: "a TLS connection to {}",
    Stage.PROCESSING: "an answer from {}",
    Stage.TRANSFER: "the whole body from {}",
}


def _message(cause: Cause, error: BaseException, stage: Stage, where: str, timeout_s: float) -> str:
    if cause is Cause.OBSERVER and stage is Stage.RESOLVE and not isinstance(error, OSError):
        got = one_line(str(error) or type(error).__name__)
        return f"request: wanted one that can be sent, got {got}"
    wanted = _WANTED[stage].format(where)
    if isinstance(error, _TIMEOUTS):
        return f"{stage}: wanted {wanted} within {format_duration(timeout_s)}, got none"
    if cause is Cause.REFUSED:
        return f"{stage}: wanted {wanted}, got a refusal: nothing listens there"
    got = one_line(str(error) or type(error).__name__)
    return f"{stage}: wanted {wanted}, got {got}"
