"""One observation, fit to print: the one place where a check's attributes get their types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from seakeep.observation import Observation, Outcome, Phases
from seakeep.plain import plain
from seakeep.reports.attributes import flag, number, text, whole

__all__ = ["Sighting", "read_sighting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One observation, fit to print.

    Attributes:
        at: When it began (UTC).
        outcome: Good, bad or invalid.
        duration_s: How long it took, in seconds.
        phases: How that time was spent, if known.
        cause: A short reason when not good.
        message: The same for a person.
        trace_id: The trace the platform can be asked for; may be empty.
        kind: ``http``, ``tls``, ``dns`` or ``tcp``.
        target: What was asked: a URL without user information, query and fragment, or an address.
        timeout_s: The deadline it had, in seconds.
        status: The HTTP status code, if there was an answer.
        http_version: The version of HTTP of the answer, such as 1.1, if there was one.
        content_length: The answer's ``Content-Length``, if it told one.
        body_bytes: The length of the body, unpacked, if there was one.
        redirects: How many redirects were followed.
        is_encrypted: Whether the last URL that was asked is an ``https`` one.
        ip_protocol: 4 or 6, or ``None`` when no address was reached.
        tls_version: Such as ``TLSv1.3``; empty without TLS.
        tls_expires_at: When the first certificate of the chain expires, in seconds since 1970.
        dns_answers: How many answers a DNS server gave, or ``None`` when it did not answer.
        is_degraded: What the platform's own account of its health says, if it gave one.
        findings: What was found that is no failure, an account of health's most of all.
        consecutive_failures: How often in a row it was bad, up to this, if known.
    """

    at: datetime
    outcome: Outcome
    duration_s: float
    phases: Phases | None
    cause: str
    message: str
    trace_id: str
    kind: str
    target: str
    timeout_s: float | None
    status: int | None
    http_version: float | None
    content_length: int | None
    body_bytes: int | None
    redirects: int
    is_encrypted: bool
    ip_protocol: int | None
    tls_version: str
    tls_expires_at: float | None
    dns_answers: int | None
    is_degraded: bool | None
    findings: tuple[str, ...]
    consecutive_failures: int | None


def read_sighting(observation: Observation) -> Sighting:
    """Return what an observation says; an attribute that is no such thing counts as absent."""
    have = observation.attributes
    url = text(have, "final_url", 2000) or text(have, "url", 2000)
    return Sighting(
        at=observation.at,
        outcome=observation.outcome,
        duration_s=observation.duration_s,
        phases=observation.phases,
        cause=plain(observation.cause, 80),
        message=plain(observation.message),
        trace_id=text(have, "trace_id", 64),
        kind=text(have, "kind", 20) or "http",
        target=_without_query(text(have, "url", 2000) or text(have, "target", 200)),
        timeout_s=number(have, "timeout_s"),
        status=whole(have, "status"),
        http_version=_version(text(have, "http_version", 20)),
        content_length=whole(have, "content_length"),
        body_bytes=whole(have, "body_bytes"),
        redirects=whole(have, "redirects") or 0,
        is_encrypted=url.lower().startswith("https:") or (not url and "tls_version" in have),
        ip_protocol=whole(have, "ip_protocol"),
        tls_version=text(have, "tls_version", 20),
        tls_expires_at=number(have, "tls_expires_at"),
        dns_answers=whole(have, "dns_answers"),
        is_degraded=_is_degraded(observation),
        findings=_findings(text(have, "findings", 10_000)),
        consecutive_failures=_consecutive_failures(observation),
    )


def _findings(told: str) -> tuple[str, ...]:
    return tuple(plain(each, 300) for each in told.split("; ") if each.strip())


def _without_query(url: str) -> str:
    """Keep what a person knows a target by: a query may hold secrets, and never ends."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if not parts.netloc:
        return url
    authority = parts.netloc.rpartition("@")[2]
    return plain(f"{parts.scheme}://{authority}{parts.path}", 200)


def _version(version: str) -> float | None:
    try:
        return float(version) if version.replace(".", "", 1).isdecimal() else None
    except ValueError:
        return None


def _is_degraded(observation: Observation) -> bool | None:
    told = flag(observation.attributes, "degraded")
    health = text(observation.attributes, "health", 40)
    return (health == "degraded" if health else None) if told is None else told


def _consecutive_failures(observation: Observation) -> int | None:
    if observation.outcome is Outcome.GOOD:
        return 0
    return whole(observation.attributes, "consecutive_failures")
