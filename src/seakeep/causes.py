"""Why an observation is not good, in one vocabulary for everything that observes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Cause", "Failure"]


class Cause(StrEnum):
    """Why an observation is not good, for machines. Part of the file format: never renamed.

    Beside these, a journey's step that can't be done is ``step-2-click``, by number and verb.
    """

    DNS = "dns"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    """Certificate or handshake, where the client does not tell more (load)."""
    TLS_EXPIRED = "tls-expired"
    TLS_HOSTNAME = "tls-hostname"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_HANDSHAKE = "tls-handshake"
    TIMEOUT_CONNECT = "timeout-connect"
    TIMEOUT_READ = "timeout-read"
    TIMEOUT = "timeout"
    """The deadline of a whole journey."""
    RESET = "reset"
    PROTOCOL = "protocol"
    TOO_LARGE = "too-large"
    START = "start"
    """The first page of a journey did not load."""
    STATUS = "status"
    HEADER = "header"
    BODY = "body"
    JSON = "json"
    SCHEMA = "schema"
    REDIRECT_LOOP = "redirect-loop"
    """More redirects than the check follows, or one to where it had been already."""
    REDIRECT = "redirect"
    """A redirect that can't be followed, or one that ended at another URL than expected."""
    CERTIFICATE = "certificate"
    """A certificate that is trusted, and yet not as expected: its days left, name or issuer."""
    TLS_VERSION = "tls-version"
    HTTP_VERSION = "http-version"
    TOKEN = "token"  # noqa: S105 - a cause's name
    """The authorization server gave no access token."""
    PROXY = "proxy"
    """The proxy that the check names refused, or could not reach the platform."""
    UNHEALTHY = "unhealthy"
    """The platform says of itself that it is not healthy."""
    DEGRADED = "degraded"
    CONTRADICTION = "contradiction"
    """An account of health whose status, parts and status code do not agree."""
    STALE = "stale"
    """An account of health from the past: somebody kept it and handed it out again."""
    CONTRACT = "contract"
    """An account of health that is not of the form that its contract has."""
    GENERATOR_SATURATED = "generator-saturated"
    """The load generator could not keep up with its own schedule: its times are its own fault."""
    CUT_OFF = "cut-off"
    """The load run ended while the request was on its way."""
    CACHEABLE = "cacheable"
    """An account of health that may be kept and handed out again."""
    DNS_ANSWER = "dns-answer"
    """The name server answered, but not as expected."""
    BANNER = "banner"
    """A TCP service said something else than expected."""
    SLOW = "slow"
    ASSERTION = "assertion"
    """What a journey must see was not there, or a scenario calls its answer a failure."""
    FOREIGN_HOST = "foreign-host"
    """The request was ours to refuse, and was not sent: it says nothing of the platform."""
    OBSERVER = "observer"
    """The fault is on this side: out of sockets, or a request that can't be sent."""
    OBSERVER_LAG = "observer-lag"
    """The fault is on this side: the event loop came late to what it had to do."""
    OBSERVER_CPU = "observer-cpu"
    """The fault is on this side: our thread waited for a processor."""
    OBSERVER_CLOCK = "observer-clock"
    """The fault is on this side: the clock was set meanwhile, or the machine slept."""
    OBSERVER_DESCRIPTORS = "observer-descriptors"
    """The fault is on this side: too few file descriptors were left."""
    OBSERVER_MEMORY = "observer-memory"
    """The fault is on this side: too little memory was left."""
    OBSERVER_RESOLVER = "observer-resolver"
    """The fault is on this side: the resolver answers for no name at all."""
    OBSERVER_ROUTE = "observer-route"
    """The fault is on this side: this machine has no way to the target."""
    BROWSER = "browser"
    """The fault is on this side: the browser did not start, or did not live to see the end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong, for machines and, with wanted and got, for people."""

    cause: Cause
    message: str
