"""The boundary misses no exception of the network."""

from __future__ import annotations

import errno
import socket
import ssl

import httpcore
import httpx
import pytest

from seakeep.causes import Cause
from seakeep.probes.causes import Stage, explain

RAISED_BY_MISUSE = {
    # by code that uses httpx wrongly, never by a server: an observer's fault
    "CookieConflict",
    "HTTPStatusError",
    "StreamError",
    "StreamConsumed",
    "StreamClosed",
    "ResponseNotRead",
    "RequestNotRead",
}


def explained(error: BaseException, stage: Stage = Stage.PROCESSING) -> Cause:
    return explain(error, stage, where="example.org:443", timeout_s=5).cause


def exceptions_of(module: object) -> list[type[Exception]]:
    found = [getattr(module, name) for name in getattr(module, "__all__", ())]
    return [one for one in found if isinstance(one, type) and issubclass(one, Exception)]


@pytest.mark.parametrize("kind", [*exceptions_of(httpx), *exceptions_of(httpcore)])
def test_no_exception_of_httpx_or_httpcore_is_missed(kind: type[Exception]) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "text")
    is_ours = kind.__name__ in {
        "ConnectionNotAvailable",
        "InvalidURL",
        "LocalProtocolError",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
    } | (RAISED_BY_MISUSE - {"HTTPStatusError"})
    assert (explained(error) is Cause.OBSERVER) == is_ours


@pytest.mark.parametrize(
    ("error", "stage", "cause"),
    [
        (socket.gaierror(socket.EAI_AGAIN, "try again"), Stage.RESOLVE, Cause.DNS),
        (TimeoutError(), Stage.RESOLVE, Cause.DNS),
        (TimeoutError(), Stage.CONNECT, Cause.TIMEOUT_CONNECT),
        (TimeoutError(), Stage.TLS, Cause.TIMEOUT_CONNECT),
        (TimeoutError(), Stage.TRANSFER, Cause.TIMEOUT_READ),
        (ConnectionRefusedError(), Stage.CONNECT, Cause.REFUSED),
        (ConnectionResetError(), Stage.TLS, Cause.TLS_HANDSHAKE),
        (BrokenPipeError(), Stage.PROCESSING, Cause.RESET),
        (OSError(errno.ENETUNREACH, "no route"), Stage.CONNECT, Cause.UNREACHABLE),
        (OSError(errno.EMFILE, "too many open files"), Stage.CONNECT, Cause.OBSERVER),
        (ssl.SSLError(1, "bad"), Stage.TLS, Cause.TLS_HANDSHAKE),
        (httpcore.ConnectError(), Stage.CONNECT, Cause.UNREACHABLE),
        (RuntimeError("a mistake of ours"), Stage.TRANSFER, Cause.OBSERVER),
    ],
)
def test_each_error_of_the_system_has_its_cause(
    error: Exception, stage: Stage, cause: Cause
) -> None:
    assert explained(error, stage) is cause


@pytest.mark.parametrize(
    ("code", "cause"),
    [(10, Cause.TLS_EXPIRED), (62, Cause.TLS_HOSTNAME), (18, Cause.TLS_UNTRUSTED)],
)
def test_a_certificate_says_what_is_wrong_with_it(code: int, cause: Cause) -> None:
    error = ssl.SSLCertVerificationError("certificate verify failed")
    error.verify_code = code
    wrapped = httpcore.ConnectError("wrapped")
    wrapped.__cause__ = error
    assert explained(wrapped, Stage.TLS) is cause


def test_the_root_of_a_group_of_attempts_tells_the_cause() -> None:
    error = httpcore.ConnectError("All connection attempts failed")
    error.__cause__ = OSError("All connection attempts failed")
    error.__cause__.__cause__ = ExceptionGroup("attempts", [ConnectionRefusedError()])
    assert explained(error, Stage.CONNECT) is Cause.REFUSED
