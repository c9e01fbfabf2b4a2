"""The kernel's routes, as ``/proc/net`` tells them."""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from seakeep.probes.fitness.proc_files import MOST_BYTES

__all__ = ["RoutingTable", "parse_ipv4_routes", "parse_ipv6_routes", "read_table"]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# https://github.com/torvalds/linux/blob/master/include/uapi/linux/route.h
_UP = 0x0001
_REJECT = 0x0200
_EIGHT = re.compile(r"[0-9A-Fa-f]{8}", re.ASCII)
_THIRTY_TWO = re.compile(r"[0-9A-Fa-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class RoutingTable:
    """Where packets can go from here.

    Attributes:
        networks: What a route leads to, the widest first; the default routes lead to all.
        is_whole: Whether all routes were read; of an endless list, nothing is said.
    """

    networks: tuple[Network, ...]
    is_whole: bool = True

    @property
    def has_default(self) -> bool:
        """Whether there is a default route, of either family."""
        return not self.is_whole or any(network.prefixlen == 0 for network in self.networks)

    def leads_to(self, address: str) -> bool:
        """Return whether some route covers an address; what is none counts as reached."""
        try:
            wanted = ipaddress.ip_address(address.strip("[]").partition("%")[0])
        except ValueError:
            return True
        if not self.is_whole or wanted.is_loopback or wanted.is_link_local:
            return True
        return any(wanted in network for network in self.networks)


def read_table(ipv4: str, ipv6: str) -> RoutingTable:
    """Return the table that the texts of both files hold."""
    is_whole = max(len(ipv4), len(ipv6)) < MOST_BYTES
    found = (*parse_ipv4_routes(ipv4), *parse_ipv6_routes(ipv6))
    return RoutingTable(tuple(sorted(found, key=lambda network: network.prefixlen)), is_whole)


def parse_ipv4_routes(text: str) -> Iterator[Network]:
    """Yield the networks that are reached: ``/proc/net/route``.

    Its columns are interface, destination, gateway, flags, three counts and the mask, with
    addresses as numbers in the order of this machine's bytes:
    https://man7.org/linux/man-pages/man5/proc_net.5.html.
    """
    for line in text.splitlines()[1:]:
        parts = line.split()
        if len(parts) < 8 or not all(_EIGHT.fullmatch(parts[n]) for n in (1, 7)):
            continue
        if _is_used(parts[3]):
            yield from _network(_turned(parts[1]), _turned(parts[7]).bit_count(), 32)


def parse_ipv6_routes(text: str) -> Iterator[Network]:
    """Yield the networks that are reached: ``/proc/net/ipv6_route``.

    Its columns are destination, its prefix length, source, its prefix length, next hop, metric, two
    counts, flags and interface, with numbers as in the packets.
    """
    for line in text.splitlines():
        parts = line.split()
        if len(parts) < 10 or not _THIRTY_TWO.fullmatch(parts[0]) or not _is_used(parts[8]):
            continue
        yield from _network(int(parts[0], 16), _hexadecimal(parts[1]), 128)


def _turned(digits: str) -> int:
    return int.from_bytes(bytes.fromhex(digits), sys.byteorder)


def _hexadecimal(text: str) -> int:
    return int(text, 16) if re.fullmatch(r"[0-9A-Fa-f]{1,8}", text, re.ASCII) else -1


def _is_used(flags: str) -> bool:
    """A route that is up, and not one that turns all packets away."""
    number = _hexadecimal(flags)
    return number >= 0 and number & (_UP | _REJECT) == _UP


def _network(number: int, prefix_length: int, bits: int) -> Iterator[Network]:
    if 0 <= prefix_length <= bits:
        kind = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network
        yield kind((number, prefix_length), strict=False)
