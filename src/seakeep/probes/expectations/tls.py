"""What TLS was like: its version, and the certificate, even one that is trusted."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from seakeep.causes import Cause, Failure
from seakeep.checks.expectation import CertificateExpectation, Expectation
from seakeep.plain import one_line
from seakeep.probes.answer import Answer
from seakeep.probes.certificate import TlsFacts
from seakeep.probes.expectations.host_name import is_for
from seakeep.probes.expectations.patience import OutOfTimeError, Patience

__all__ = ["certificate_failures", "judge_tls"]


def judge_tls(expectation: Expectation, answer: Answer, patience: Patience) -> Iterator[Failure]:
    """Tell what was not as wanted; an answer without TLS is not, whatever was wanted of it."""
    wanted = expectation.tls
    if wanted is None:
        return
    if answer.tls is None:
        cause = Cause.TLS_VERSION if wanted.min_version else Cause.CERTIFICATE
        yield Failure(cause, "tls: wanted a TLS connection, got none")
    else:
        yield from certificate_failures(wanted, answer.tls, answer.at, patience)


def certificate_failures(
    wanted: CertificateExpectation, facts: TlsFacts, now: datetime, patience: Patience
) -> Iterator[Failure]:
    """Tell what does not hold of a connection.

    Args:
        wanted: What the platform's file expects.
        facts: What the connection told.
        now: The time that days are counted from; an aware time.
        patience: What may be spent on it.
    """
    if wanted.min_version is not None and facts.version < f"TLSv{wanted.min_version}":
        # SSLv3, TLSv1, TLSv1.1, TLSv1.2, TLSv1.3: their names sort as they came.
        got = facts.version.removeprefix("TLSv") or "none"
        message = f"tls: wanted at least {wanted.min_version}, got {got}"
        yield Failure(Cause.TLS_VERSION, message)
    yield from _days_left(wanted, facts, now)
    if wanted.name is not None and not is_for(facts.names, wanted.name):
        got = one_line(", ".join(facts.names), 120) or "no name"
        yield Failure(Cause.CERTIFICATE, f"certificate: wanted one for {wanted.name}, got {got}")
    yield from _issuer(wanted, facts, patience)


def _days_left(wanted: CertificateExpectation, facts: TlsFacts, now: datetime) -> Iterator[Failure]:
    days = facts.days_left(now)
    if wanted.min_days_left is None or (days is not None and days >= wanted.min_days_left):
        return
    # Rounded down, so that 13.99 days are not told as 14.
    got = "a certificate that can't be read" if days is None else f"{math.floor(days * 10) / 10}"
    message = f"certificate: wanted at least {wanted.min_days_left:g} days left, got {got}"
    yield Failure(Cause.CERTIFICATE, message)


def _issuer(
    wanted: CertificateExpectation, facts: TlsFacts, patience: Patience
) -> Iterator[Failure]:
    if wanted.issuer is None:
        return
    try:
        if facts.issuer and patience.search(wanted.issuer, facts.issuer) is not None:
            return
        got = one_line(facts.issuer, 120) or "none"
    except OutOfTimeError as error:
        got = f"one on which it takes {error}"
    yield Failure(Cause.CERTIFICATE, f"issuer: wanted /{wanted.issuer}/, got {got}")
