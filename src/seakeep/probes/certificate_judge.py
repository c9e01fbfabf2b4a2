"""Whether a TLS connection and its certificate are what the platform's file says they must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import CertificateExpectation
from seakeep.plain import one_line
from seakeep.probes.certificate import TlsFacts
from seakeep.probes.resolver import is_address

__all__ = ["certificate_failures", "is_for"]


def certificate_failures(
    wanted: CertificateExpectation, facts: TlsFacts, now: datetime
) -> Iterator[Failure]:
    """Yield what does not hold of a connection.

    Args:
        wanted: What the platform's file expects.
        facts: What the connection told.
        now: The time that days are counted from; an aware time.
    """
    version = facts.version.removeprefix("TLSv")
    if wanted.min_version is not None and version < wanted.min_version:
        message = f"tls: wanted at least {wanted.min_version}, got {version or 'none'}"
        yield Failure(Cause.TLS_VERSION, message)
    days = facts.days_left(now)
    if wanted.min_days_left is not None and (days is None or days < wanted.min_days_left):
        got = "a certificate that can't be read" if days is None else f"{days:.1f}"
        message = f"certificate: wanted at least {wanted.min_days_left:g} days left, got {got}"
        yield Failure(Cause.CERTIFICATE, message)
    if wanted.name is not None and not is_for(wanted.name, facts.names):
        got = one_line(", ".join(facts.names), 120) or "no name"
        yield Failure(Cause.CERTIFICATE, f"certificate: wanted one for {wanted.name}, got {got}")
    if wanted.issuer is not None and not re.search(wanted.issuer, facts.issuer):
        got = one_line(facts.issuer, 120) or "none"
        yield Failure(Cause.CERTIFICATE, f"issuer: wanted /{wanted.issuer}/, got {got}")


def is_for(host: str, names: tuple[str, ...]) -> bool:
    """Return whether a certificate with these names is one for a host.

    A ``*`` stands for one whole label, the first: https://www.rfc-editor.org/rfc/rfc9525#section-6.3.
    """
    wanted = _comparable(host)
    _, dot, parent = wanted.partition(".")
    wildcard = f"*{dot}{parent}" if parent and not is_address(wanted) else wanted
    return any(_comparable(name) in {wanted, wildcard} for name in names)


def _comparable(host: str) -> str:
    return host.lower().removesuffix(".")
