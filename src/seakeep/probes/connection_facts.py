"""What a connection tells beside what was said over it: the address, and what TLS was like."""

from __future__ import annotations

from seakeep.checks.check import IpFamily
from seakeep.probes.address import Address
from seakeep.probes.certificate import TlsFacts, tls_facts
from seakeep.probes.connect import addresses_of, connect_to
from seakeep.probes.kind import Asking
from seakeep.probes.stream import Stream

__all__ = ["learn_address", "learn_tls", "open_stream"]


async def open_stream(address: Address, ip: IpFamily, asking: Asking) -> Stream:
    """Return a connection, and note the address at its other end, also of one that failed.

    Raises:
        OSError: There is no address of that family, or none answers.
    """
    addresses = await addresses_of(address.host, address.port, ip, asking.clock)
    learn_address(addresses[0], asking)
    stream = await connect_to(addresses, address.port)
    learn_address(stream.peer, asking)
    return stream


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
