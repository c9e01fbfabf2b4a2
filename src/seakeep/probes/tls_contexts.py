"""TLS contexts: one for each way of making a connection, since making one takes some 30 ms."""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
from collections.abc import Iterable
from pathlib import Path

import httpx

from seakeep.checks.check import Check
from seakeep.checks.http import HttpCheck, HttpVersion, TlsOptions
from seakeep.probes.exchange_errors import SetupError

__all__ = ["tls_context", "warm_up"]

_ALPN = {"1.1": ["http/1.1"], "2": ["h2"], "any": ["h2", "http/1.1"]}
_NO_CERTIFICATE = frozenset({"NO_CERTIFICATE_OR_CRL_FOUND", "NO_START_LINE"})


@functools.cache
def tls_context(options: TlsOptions | None, http_version: HttpVersion | None) -> ssl.SSLContext:
    """Return the context for a check.

    Args:
        options: What the check says of TLS, if anything.
        http_version: What is offered by ALPN; nothing for ``None``, for what is not HTTP.

    Raises:
        SetupError: A file or its passphrase can't be used: our own fault, not the platform's. It
            names the file.
    """
    options = options or TlsOptions()
    context = _context(options)
    if options.certificate is not None:
        _show_own(context, options.certificate, options)
    if http_version is not None:
        context.set_alpn_protocols(_ALPN[http_version])
    return context


def warm_up(base_url: str, checks: Iterable[Check]) -> None:
    """Make the contexts of these checks now, so that no check's time includes it."""
    for check in checks:
        with contextlib.suppress(SetupError):  # the check itself will tell
            if not isinstance(check, HttpCheck):
                options = getattr(check, "tls", None)  # as the kinds that have it name it
                if isinstance(options, TlsOptions):
                    tls_context(options, None)
            elif check.target(base_url).startswith("https:"):
                tls_context(check.tls, check.http_version)


def _context(options: TlsOptions) -> ssl.SSLContext:
    try:
        if options.ca is not None:
            context = ssl.create_default_context(cafile=options.ca)
        else:
            context = httpx.create_ssl_context()
    except (OSError, ValueError) as error:
        where = options.ca.name if options.ca else "the system's store"
        raise SetupError(f"tls: wanted PEM certificates in {where}, got {_told(error)}") from None
    # Python's own default, but some distributions build theirs without: Debian's goes down to 1.0.
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _show_own(context: ssl.SSLContext, certificate: Path, options: TlsOptions) -> None:
    key, variable = options.key or certificate, options.key_password_env
    password = _password(variable)
    try:
        # A callable: without one, OpenSSL would ask at the terminal for a missing passphrase.
        context.load_cert_chain(certificate, key, lambda: password)
    except (OSError, ValueError) as error:
        # Its libraries take 70 ms to import: only where something is wrong.
        from seakeep.probes.tls_files import explain_own  # noqa: PLC0415

        raise explain_own(error, certificate, key, variable, password) from None


def _told(error: OSError | ValueError) -> str:
    """Return what happened, without OpenSSL's file names and line numbers."""
    if isinstance(error, ssl.SSLError):
        is_empty = error.reason in _NO_CERTIFICATE
        return "none" if is_empty else (error.reason or "PEM error").replace("_", " ").lower()
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _password(name: str | None) -> str:
    if name is None:
        return ""
    value = os.environ.get(name)
    if value is None:
        raise SetupError(f"tls: wanted the environment variable {name}, got none")
    return value
