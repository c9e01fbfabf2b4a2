"""What a connection tells beside what was said over it: the address, and what TLS was like."""

from __future__ import annotations

from seakeep.probes.certificate import TlsFacts, tls_facts
from seakeep.probes.kind import Asking
from seakeep.probes.stream import Stream

__all__ = ["learn_address", "learn_tls"]


def learn_address(peer: str, asking: Asking) -> None:
    """Note the IP address that was asked; kept whatever happens next."""
    asking.learned["ip"] = peer
    asking.learned["ip_protocol"] = 6 if ":" in peer else 4


def learn_tls(stream: Stream, asking: Asking) -> TlsFacts:
    """Note version and expiry of an encrypted stream, and return all that it tells."""
    facts = tls_facts(stream.tls) if stream.tls is not None else TlsFacts(version="")
    asking.learned["tls_version"] = facts.version
    days_left = facts.days_left(asking.at)
    if facts.expires_at is not None and days_left is not None:
        asking.learned["tls_expires_at"] = facts.expires_at.timestamp()
        asking.learned["tls_days_left"] = days_left
    return facts
