"""One check or journey in metrics: the blackbox exporter's names first, then ours.

What each of its names means, and what it says when there was no answer, is as in
https://github.com/prometheus/blackbox_exporter/tree/master/prober (``http.go``, ``dns.go``,
``tcp.go``, ``utils.go``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import astuple, fields

from seakeep.causes import Cause
from seakeep.observation import Outcome, Phases
from seakeep.reports.check_summary import CheckSummary
from seakeep.reports.series import Sample
from seakeep.reports.sighting import Sighting

__all__ = ["check_samples", "observed_samples"]

_Labels = Mapping[str, str]

_PATTERNS = frozenset({Cause.BODY, Cause.HEADER, Cause.BANNER})
"""The exporter's regular expressions are on bodies and on headers."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""The statuses that the exporter's client takes for a redirect: Go's ``net/http``, client.go."""

_PHASES = tuple(field.name.removesuffix("_s") for field in fields(Phases))


def check_samples(check: CheckSummary) -> Iterator[Sample]:
    """Yield the metrics of a check."""
    labels = {"check": check.name}
    yield from observed_samples(check, labels)
    seen = check.last_valid
    if seen is None:
        return
    info = {"kind": seen.kind, "target": seen.target}
    yield Sample("seakeep_check_info", {**labels, **info}, 1)
    yield from _common(seen, labels)
    if seen.kind == "http":
        yield from _http(seen, labels)
    if seen.kind == "dns":
        yield Sample("probe_dns_answer_rrs", labels, seen.dns_answers or 0)
        yield Sample("probe_dns_query_succeeded", labels, seen.dns_answers is not None)
    yield Sample("seakeep_check_findings", labels, len(seen.findings))
    if seen.is_degraded is not None:
        yield Sample("seakeep_check_degraded", labels, seen.is_degraded)


def observed_samples(check: CheckSummary, labels: _Labels) -> Iterator[Sample]:
    """Yield what checks and journeys have alike; an unfit observer's word is only counted."""
    yield Sample("seakeep_invalid_observations", labels, check.counts.invalid)
    seen = check.last_valid
    if seen is None:
        return
    yield Sample("probe_success", labels, seen.outcome is Outcome.GOOD)
    yield Sample("probe_duration_seconds", labels, seen.duration_s)
    yield Sample("seakeep_check_timestamp_seconds", labels, seen.at.timestamp())
    if seen.outcome is Outcome.BAD:
        yield Sample("seakeep_check_failure", {**labels, "cause": seen.cause or "unknown"}, 1)
    if seen.consecutive_failures is not None:
        failures = seen.consecutive_failures
        yield Sample("seakeep_check_consecutive_failures", labels, failures)


def _common(seen: Sighting, labels: _Labels) -> Iterator[Sample]:
    """Yield what every kind of check has."""
    resolve_s = seen.phases.resolve_s if seen.phases else None
    yield Sample("probe_dns_lookup_time_seconds", labels, resolve_s or 0.0)
    yield Sample("probe_ip_protocol", labels, seen.ip_protocol or 0)
    if seen.timeout_s is not None:
        yield Sample("probe_timeout_seconds", labels, seen.timeout_s)
    if seen.kind in {"http", "tcp"}:
        yield Sample("probe_failed_due_to_regex", labels, seen.cause in _PATTERNS)
    if seen.tls_expires_at is not None:
        yield Sample("probe_ssl_earliest_cert_expiry", labels, seen.tls_expires_at)
    if seen.tls_version:
        version = {**labels, "version": _tls_version(seen.tls_version)}
        yield Sample("probe_tls_version_info", version, 1)


def _http(seen: Sighting, labels: _Labels) -> Iterator[Sample]:
    """Yield what is said of HTTP; everything is 0 where there was no answer."""
    is_answered = seen.status is not None
    length = seen.content_length if seen.content_length is not None else -1
    yield Sample("probe_http_status_code", labels, seen.status or 0)
    yield Sample("probe_http_content_length", labels, length if is_answered else 0)
    yield Sample("probe_http_uncompressed_body_length", labels, seen.body_bytes or 0)
    # One that was answered but not followed counts, too.
    yield Sample("probe_http_redirects", labels, seen.redirects + (seen.status in _REDIRECTS))
    yield Sample("probe_http_ssl", labels, is_answered and seen.is_encrypted)
    yield Sample("probe_http_version", labels, seen.http_version or 0)
    for phase, value in zip(_PHASES, astuple(seen.phases or Phases()), strict=True):
        yield Sample("probe_http_duration_seconds", {**labels, "phase": phase}, value or 0.0)


def _tls_version(version: str) -> str:
    """Return Python's ``TLSv1.3`` as the exporter has it: ``TLS 1.3``."""
    number = version.removeprefix("TLSv")
    return f"TLS {number if '.' in number else f'{number}.0'}" if number != version else "unknown"
