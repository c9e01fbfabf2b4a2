"""What a TLS connection tells: its version, and the certificates that were shown."""

from __future__ import annotations

import dataclasses
import ipaddress
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["TlsFacts", "tls_facts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFacts:
    """What was seen of one TLS connection.

    Attributes:
        version: ``TLSv1.2`` or ``TLSv1.3``.
        expires_at: When the first certificate of the chain expires; an aware time.
        names: The DNS names and IP addresses that the certificate is for.
        issuer: Who issued it, in RFC 4514's form.
        subject: Whom it names, in the same form.
    """

    version: str
    expires_at: datetime | None = None
    names: tuple[str, ...] = ()
    issuer: str = ""
    subject: str = ""

    def days_left(self, now: datetime) -> float | None:
        """Return the days until the first certificate expires; negative when one has."""
        return None if self.expires_at is None else (self.expires_at - now).total_seconds() / 86400


def tls_facts(tls: ssl.SSLObject) -> TlsFacts:
    """Return what a connection tells after its handshake.

    A certificate that can't be read leaves its facts out.
    """
    return dataclasses.replace(_certified(tuple(_chain(tls))), version=tls.version() or "")


@lru_cache(maxsize=256)
def _certified(chain: tuple[bytes, ...]) -> TlsFacts:
    """Return what certificates tell, read once: many checks of a platform are shown the same."""
    if not chain:
        return TlsFacts(version="")
    from cryptography import x509  # noqa: PLC0415 - only where there is TLS

    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        leaf = certificates[0]
        return TlsFacts(
            version="",
            expires_at=min(each.not_valid_after_utc for each in certificates).astimezone(UTC),
            names=_names(leaf),
            issuer=leaf.issuer.rfc4514_string(),
            subject=leaf.subject.rfc4514_string(),
        )
    except Exception:  # noqa: BLE001 - whatever it makes of bytes that a server chose
        return TlsFacts(version="")


def _chain(tls: ssl.SSLObject) -> Sequence[bytes]:
    """Return the certificates as they were shown, the server's own first, in DER.

    Public since Python 3.13; before, only the server's own can be had:
    https://docs.python.org/3/library/ssl.html#ssl.SSLSocket.get_unverified_chain.
    """
    shown = getattr(tls, "get_unverified_chain", None)
    if shown is not None:
        return tuple(shown())
    own = tls.getpeercert(binary_form=True)
    return (own,) if own else ()


def _names(certificate: object) -> tuple[str, ...]:
    from cryptography import x509  # noqa: PLC0415

    assert isinstance(certificate, x509.Certificate)  # noqa: S101 - for the type checker
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    names = (name for name in found.get_values_for_type(x509.DNSName) if not _is_address(name))
    addresses = found.get_values_for_type(x509.IPAddress)
    return (*names, *(str(address) for address in addresses))


def _is_address(name: str) -> bool:
    """Tell an address that stands where names do: it is no name, and clients take it for none.

    https://www.rfc-editor.org/rfc/rfc9525#section-6.5
    """
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
