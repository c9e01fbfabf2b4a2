"""TLS checks: a handshake, and what the certificate says. Nothing else is said."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import model_validator

from seakeep.causes import Failure
from seakeep.checks.check import Check, IpFamily
from seakeep.checks.expectation import CertificateExpectation
from seakeep.checks.http import TlsOptions
from seakeep.probes.address import HostAndPort
from seakeep.probes.causes import Stage
from seakeep.probes.connection_facts import learn_tls, open_stream
from seakeep.probes.dialogue import STARTTLS, converse
from seakeep.probes.expectations.patience import Patience
from seakeep.probes.expectations.tls import certificate_failures
from seakeep.probes.kind import Asking, Kind, Seen
from seakeep.probes.openssl import openssl_line
from seakeep.probes.tls_contexts import tls_context
from seakeep.probes.tls_stream import TlsStream

__all__ = ["KIND", "TlsCheck", "look"]

_PATIENCE_S = 0.1
"""Processor time for the judgment; all other checks wait meanwhile."""


class TlsCheck(TlsOptions, Check):
    """One TLS handshake. It must end with a certificate that is trusted, and for that name.

    Attributes:
        address: The host and port.
        ip: Which addresses of the host count.
        starttls: The protocol in which TLS is asked for, where it does not come first.
        expect: What else the certificate must be like.
    """

    inherits: ClassVar[frozenset[str]] = Check.inherits | {"ip"}

    kind: Literal["tls"] = "tls"
    address: HostAndPort
    ip: IpFamily = "any"
    starttls: Literal["smtp", "imap", "pop3", "ftp"] | None = None
    expect: CertificateExpectation | None = None

    @model_validator(mode="after")
    def _asserts_something(self) -> Self:
        if not self.verify and self.expect is None:
            raise ValueError("the key 'expect' where 'verify' is false: nothing else could fail")
        return self

    @property
    def tls(self) -> TlsOptions:
        """Return the options alone, so that checks with the same ones share a context."""
        chosen = {name: getattr(self, name) for name in TlsOptions.model_fields}
        return TlsOptions.model_construct(**chosen)

    def target(self, base_url: str) -> str:  # noqa: ARG002 - it names its own
        """Return the address as a URL."""
        return f"tls://{self.address}"


async def look(check: TlsCheck, asking: Asking) -> Seen:
    """Shake hands, and judge the certificate."""
    context = tls_context(check.tls, None)
    asking.begin_again()  # loading the authorities took our time, not the platform's
    clock = asking.clock
    stream = await open_stream(check.address, check.ip, asking)
    try:
        if check.starttls is not None:
            clock.enter(Stage.PROCESSING)
            await converse(stream, STARTTLS[check.starttls], asking, check.timeout_s)
        clock.enter(Stage.TLS)
        name = check.server_name or check.address.name
        encrypted = await TlsStream.handshake(stream, context, name)
        clock.stop()
        facts = learn_tls(encrypted, asking)
    finally:
        stream.close()
    if check.expect is None:
        return Seen()
    patience = Patience(_PATIENCE_S)
    failures = list(certificate_failures(check.expect, facts, asking.at, patience))
    message = "; ".join(failure.message for failure in failures)
    return Seen(Failure(failures[0].cause, message)) if failures else Seen()


def _repeat(check: TlsCheck, _base_url: str) -> str:
    return openssl_line(check.address, check.tls, check.ip, starttls=check.starttls)


KIND = Kind(check=TlsCheck, look=look, repeat=_repeat)
