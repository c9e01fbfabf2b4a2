"""Certificates good and bad, and the TLS contexts that show them."""

from __future__ import annotations

import ssl
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

__all__ = ["AUTHORITY", "Certificates"]

AUTHORITY = "authority.pem"
_HERE = ("127.0.0.1", "::1", "localhost")
_DAY = timedelta(days=1)


class Certificates:
    """One authority that checks trust, one that they do not, and what both have issued.

    The trusted one's own certificate is written to a file, for ``tls: {ca: ...}``.
    """

    def __init__(self, folder: Path) -> None:
        self._trusted = trustme.CA(organization_name="Trusted")
        self._unknown = trustme.CA(organization_name="Unknown")
        self._folder = folder
        self._trusted.cert_pem.write_to_path(str(folder / AUTHORITY))

    def context(self, name: str) -> ssl.SSLContext:
        """Return a server's context: ``good``, or what is wrong with it."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        change = _CONTEXTS.get(name)
        if change is not None:
            change(context, self._folder / AUTHORITY)
        if name == "self-signed":
            context.load_cert_chain(self._self_signed())
        else:
            self._issue(name).configure_cert(context)
        return context

    def _issue(self, name: str) -> trustme.LeafCert:
        now = datetime.now(UTC)
        spans: Mapping[str, tuple[datetime, datetime]] = {
            "expired": (now - 90 * _DAY, now - _DAY),
            "not-yet-valid": (now + _DAY, now + 90 * _DAY),
        }
        begins, ends = spans.get(name, (now - _DAY, now + 30 * _DAY))
        authority = self._unknown if name == "unknown-authority" else self._trusted
        identities = {"wrong-name": ("elsewhere.example",), "wrong-address": ("127.0.0.9",)}
        return authority.issue_cert(*identities.get(name, _HERE), not_before=begins, not_after=ends)

    def _self_signed(self) -> Path:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + _DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        file = self._folder / "self-signed.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        return file


def _of_version(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext, Path], None]:
    def change(context: ssl.SSLContext, _authority: Path) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 has SHA-1 signatures only there
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = version
            context.maximum_version = version

    return change


def _wants_certificate(context: ssl.SSLContext, authority: Path) -> None:
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority)


def _wants_certificate_at_once(context: ssl.SSLContext, authority: Path) -> None:
    _wants_certificate(context, authority)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # 1.3 tells only after the handshake


def _offers_http2(context: ssl.SSLContext, _authority: Path) -> None:
    context.set_alpn_protocols(["h2"])


_CONTEXTS: Mapping[str, Callable[[ssl.SSLContext, Path], None]] = {
    "tls-1.0": _of_version(ssl.TLSVersion.TLSv1),
    "tls-1.1": _of_version(ssl.TLSVersion.TLSv1_1),
    "tls-1.2": _of_version(ssl.TLSVersion.TLSv1_2),
    "http2": _offers_http2,
    "wants-certificate": _wants_certificate,
    "wants-certificate-1.2": _wants_certificate_at_once,
}
