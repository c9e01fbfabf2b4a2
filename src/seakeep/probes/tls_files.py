"""What is wrong with a client's own certificate and key, once OpenSSL would not have them.

OpenSSL says ``PEM lib`` for a wrong passphrase, for a missing one and for a file that is no PEM.
"""

from __future__ import annotations

import re
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from seakeep.probes.exchange_errors import SetupError

__all__ = ["explain_own"]

_MAX_FILE_BYTES = 1024 * 1024
_KEY = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_ENCRYPTED = re.compile(rb"BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: *4, *ENCRYPTED", re.MULTILINE)
"""PKCS #8 says so in its label (https://www.rfc-editor.org/rfc/rfc7468#section-11), older keys in a
header (https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.1)."""


def explain_own(
    error: Exception, certificate: Path, key: Path, variable: str | None, password: str
) -> SetupError:
    """Return what to say of files that can't be used; it names the one that is wrong.

    Args:
        error: What OpenSSL said, for want of anything better.
        certificate: The file of the certificates.
        key: The file of the key; it may be the same.
        variable: The name of the variable with the key's passphrase, if the check names one.
        password: That passphrase; never shown.
    """
    try:
        wrong = _of_certificate(certificate) or _of_key(key, variable, password)
    except OSError as unreadable:
        name = Path(unreadable.filename or certificate).name
        return SetupError(f"tls: wanted to read {name}, got {unreadable.strerror or unreadable}")
    if wrong is None and _are_strangers(certificate, key, password):
        wanted = f"the key of the certificate in {certificate.name}"
        wrong = f"{wanted} in {key.name}, got another"
    if wrong is None:
        reason = getattr(error, "reason", None) or error
        both = f"a certificate in {certificate.name} and its key in {key.name}"
        wrong = f"{both} that can be used, got {reason}"
    return SetupError(f"tls: wanted {wrong}")


def _of_certificate(file: Path) -> str | None:
    """Return what is wrong with a certificate's file by itself."""
    try:
        x509.load_pem_x509_certificates(_read(file))
    except ValueError:
        return f"PEM certificates in {file.name}, got none"
    return None


def _of_key(file: Path, variable: str | None, password: str) -> str | None:
    """Return what is wrong with a key's file, or with its passphrase, by itself."""
    block = _key_block(file)
    if block is None:
        return f"a PEM key in {file.name}, got none"
    is_encrypted = _ENCRYPTED.search(block) is not None
    if is_encrypted and variable is None:
        return f"key_password_env for {file.name}, which is encrypted, got none"
    try:
        _key(block, password)
    except (ValueError, TypeError):  # TypeError: an empty passphrase counts as none
        if not is_encrypted:
            return f"a PEM key in {file.name}, got one that is damaged"
        got = "another" if password else "an empty one"
        return f"the passphrase of {file.name} in {variable}, got {got}"
    except UnsupportedAlgorithm:
        return None  # OpenSSL's own words will do
    return None


def _are_strangers(certificate: Path, key: Path, password: str) -> bool:
    """Return whether a key is not the one that a certificate is for; both can be read."""
    try:
        (own, *_) = x509.load_pem_x509_certificates(_read(certificate))
        public = _key(_key_block(key) or b"", password).public_key()
        return _public_bytes(own.public_key()) != _public_bytes(public)
    except (ValueError, UnsupportedAlgorithm):
        return False


def _public_bytes(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _key(block: bytes, password: str) -> PrivateKeyTypes:
    is_encrypted = _ENCRYPTED.search(block) is not None
    return load_pem_private_key(block, password.encode() if is_encrypted else None)


def _key_block(file: Path) -> bytes | None:
    """Return the first key of a file, as OpenSSL takes it: certificates may stand around it."""
    found = _KEY.search(_read(file))
    return found.group() if found else None


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(_MAX_FILE_BYTES)
