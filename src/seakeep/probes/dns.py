"""DNS checks: one question to one name server, and what it must answer."""

from __future__ import annotations

import re
import shlex
from typing import Annotated, ClassVar, Literal
from urllib.parse import quote

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.resolver
from pydantic import AfterValidator, Field, PlainValidator

from seakeep.causes import Failure
from seakeep.checks.check import Check, IpFamily
from seakeep.probes.address import Address, parse_address
from seakeep.probes.causes import Stage
from seakeep.probes.connect import addresses_of
from seakeep.probes.connection_facts import learn_address, open_stream
from seakeep.probes.dns_exchange import ask_tcp, ask_udp
from seakeep.probes.dns_expectation import DnsExpectation, failures
from seakeep.probes.exchange_errors import SetupError
from seakeep.probes.kind import Asking, Kind, Seen

__all__ = ["KIND", "DnsCheck", "look"]

_PORT = 53
_MAX_UDP_BYTES = 1232
"""What fits into one packet on nearly every network: https://www.dnsflagday.net/2020/."""
_QUERY = re.compile(r"[^\s@+-]\S*")  # dig takes a word that begins otherwise for an option


def _query(value: str) -> str:
    try:
        dns.name.from_text(value)
    except (dns.exception.DNSException, ValueError):
        is_name = False
    else:
        is_name = _QUERY.fullmatch(value) is not None
    if not is_name:
        raise ValueError("a domain name such as example.org")
    return value


def _server(value: object) -> Address:
    return value if isinstance(value, Address) else parse_address(value, _PORT)


class DnsCheck(Check):
    """One question to a name server.

    Attributes:
        query: The name that is asked for.
        type: The type of record that is asked for.
        server: The name server, with its port where it is not 53; the system's first by default.
        transport: How it is asked; what UDP cuts off is asked for again over TCP.
        recursion: Whether the server shall ask others when it does not know itself.
        ip: Which addresses of the server count.
        expect: What it must answer; without it, at least one record.
    """

    inherits: ClassVar[frozenset[str]] = Check.inherits | {"ip"}

    kind: Literal["dns"] = "dns"
    query: Annotated[str, AfterValidator(_query)]
    type: Literal["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "CAA"] = "A"
    server: Annotated[Address, PlainValidator(_server)] | None = None
    transport: Literal["udp", "tcp"] = "udp"
    recursion: bool = True
    ip: IpFamily = "any"
    expect: DnsExpectation = Field(default_factory=DnsExpectation)

    @property
    def asks_own_resolver(self) -> bool:
        """Return whether no server is named: that of the system is then asked."""
        return self.server is None

    def target(self, base_url: str) -> str:  # noqa: ARG002 - it names its own
        """Return the question as a URL: https://www.rfc-editor.org/rfc/rfc4501."""
        return f"dns://{self.server or ''}/{quote(self.query)}?type={self.type}"


def _server_of_system() -> Address | None:
    """Return the first name server of ``/etc/resolv.conf``, as it stands there now."""
    try:
        (first, *_) = dns.resolver.Resolver().nameservers
    except (dns.exception.DNSException, ValueError, OSError):
        return None
    return Address(str(first), _PORT)


async def look(check: DnsCheck, asking: Asking) -> Seen:
    """Ask once, and judge the answer."""
    server = check.server or _server_of_system()
    if server is None:
        raise SetupError("server: wanted a name server in /etc/resolv.conf, got none")
    asking.where = str(server)
    answer = await _ask(check, server, asking)
    asking.clock.stop()
    asking.learned["dns_answers"] = sum(len(records) for records in answer.answer)
    wrong = list(failures(check.expect, answer, check.type))
    message = "; ".join(failure.message for failure in wrong)
    return Seen(Failure(wrong[0].cause, message)) if wrong else Seen()


async def _ask(check: DnsCheck, server: Address, asking: Asking) -> dns.message.Message:
    query = dns.message.make_query(check.query, check.type, use_edns=0, payload=_MAX_UDP_BYTES)
    if not check.recursion:
        query.flags &= ~dns.flags.RD
    if check.transport == "tcp":
        return await _ask_by_tcp(query, server, check.ip, asking)
    addresses = await addresses_of(server.host, server.port, check.ip, asking.clock)
    asking.clock.skip(Stage.PROCESSING)  # there is no connecting
    learn_address(addresses[0], asking)
    answer = await ask_udp(query, addresses[0], server.port)
    if answer is not None:
        return answer
    asking.clock.enter(Stage.CONNECT)
    return await _ask_by_tcp(query, Address(addresses[0], server.port), "any", asking)


async def _ask_by_tcp(
    query: dns.message.Message, server: Address, ip: IpFamily, asking: Asking
) -> dns.message.Message:
    stream = await open_stream(server, ip, asking)
    try:
        asking.clock.enter(Stage.PROCESSING)
        return await ask_tcp(query, stream)
    finally:
        stream.close()


def _repeat(check: DnsCheck, _base_url: str) -> str:
    arguments = ["dig"]
    if check.server is not None:
        arguments += [f"@{check.server.host}", "-p", str(check.server.port)]
    arguments += [check.query, check.type]
    arguments += [f"-{check.ip}"] if check.ip in {"4", "6"} else []
    arguments += ["+tcp"] if check.transport == "tcp" else []
    arguments += [] if check.recursion else ["+norecurse"]
    return " ".join(shlex.quote(argument) for argument in arguments)


KIND = Kind(check=DnsCheck, look=look, repeat=_repeat)
