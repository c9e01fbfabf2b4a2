"""Whether a certificate is for a name: https://www.rfc-editor.org/rfc/rfc9525#section-6.3."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import idna

__all__ = ["is_for"]


def is_for(names: Iterable[str], wanted: str) -> bool:
    """Return whether one of the names of a certificate is for a host name or IP address.

    A wildcard stands for exactly one whole label, the leftmost, and never before a single label
    such as ``com``, as browsers and OpenSSL have it. Addresses match in any way of writing them,
    and no wildcard.
    """
    address = _address(wanted)
    if address is not None:
        return any(_address(name) == address for name in names)
    host = _ascii(wanted)
    parent = host.partition(".")[2]
    good = {host, f"*.{parent}"} if "." in parent else {host}
    return any(_ascii(name) in good for name in names)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _ascii(name: str) -> str:
    """Return a name as certificates have it: in lower case, letters beyond ASCII encoded."""
    bare = name.rstrip(".").lower()
    if bare.isascii():
        return bare
    try:
        return idna.encode(bare, uts46=True).decode()
    except idna.IDNAError:
        return bare
