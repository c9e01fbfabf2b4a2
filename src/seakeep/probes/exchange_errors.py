"""What ends an exchange beside the exceptions of the network: each knows its cause.

ExchangeError
├── BodyTooLargeError        too-large
├── BodyEncodingError        protocol
├── ClosedUnansweredError    reset
├── HttpVersionError         http-version
├── MalformedError           protocol
├── NoSuchFamilyError        dns
├── ProxyRefusedError        proxy
├── ProxyUnreachableError    proxy
├── RedirectError            redirect
│   └── RedirectLoopError    redirect-loop
├── TokenError               token
└── SetupError               observer: our own fault, and never the platform's
"""

from __future__ import annotations

from typing import ClassVar

from seakeep.causes import Cause

__all__ = [
    "BodyEncodingError",
    "BodyTooLargeError",
    "ClosedUnansweredError",
    "ExchangeError",
    "HttpVersionError",
    "MalformedError",
    "NoSuchFamilyError",
    "ProxyRefusedError",
    "ProxyUnreachableError",
    "RedirectError",
    "RedirectLoopError",
    "SetupError",
    "TokenError",
]


class ExchangeError(Exception):
    """The root: its message says what was wanted and got."""

    cause: ClassVar[Cause]


class BodyTooLargeError(ExchangeError):
    """The body went past the limit, and was not read any further."""

    cause = Cause.TOO_LARGE

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"body: wanted at most {limit_bytes} bytes, got more")


class BodyEncodingError(ExchangeError):
    """The body is packed in a way that was not asked for, or not the way that it says."""

    cause = Cause.PROTOCOL


class ClosedUnansweredError(ExchangeError):
    """The connection was closed before a single byte of the answer."""

    cause = Cause.RESET

    def __init__(self) -> None:
        super().__init__("processing: wanted an answer, got a closed connection")


class HttpVersionError(ExchangeError):
    """The platform does not speak the version of HTTP that the check insists on."""

    cause = Cause.HTTP_VERSION


class MalformedError(ExchangeError):
    """What came is not an answer of HTTP."""

    cause = Cause.PROTOCOL


class NoSuchFamilyError(ExchangeError):
    """The name has addresses, but none of the family that the check wants."""

    cause = Cause.DNS


class ProxyRefusedError(ExchangeError):
    """The proxy answered, but let nothing through."""

    cause = Cause.PROXY


class ProxyUnreachableError(ExchangeError):
    """There is no way to the proxy itself."""

    cause = Cause.PROXY

    def __init__(self, where: str, error: OSError) -> None:
        got = error.strerror or str(error)
        super().__init__(f"proxy: wanted a connection to {where}, got {got}")


class RedirectError(ExchangeError):
    """A redirect that can't, or must not, be followed."""

    cause = Cause.REDIRECT


class RedirectLoopError(RedirectError):
    """A redirect to where it had been, or one more than the check follows."""

    cause = Cause.REDIRECT_LOOP


class TokenError(ExchangeError):
    """The authorization server gave no access token."""

    cause = Cause.TOKEN


class SetupError(ExchangeError):
    """Something of this side is missing or can't be used: a secret, a certificate."""

    cause = Cause.OBSERVER
