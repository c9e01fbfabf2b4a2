"""A host and a port as people write them: ``example.org:443``, ``[2001:db8::1]:443``."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import PlainValidator

from seakeep.probes.resolver import is_address

__all__ = ["Address", "HostAndPort", "parse_address"]

_WRITTEN = re.compile(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?")
# Never a leading hyphen: it also stands on the command line with which a person repeats the check.
_HOST = re.compile(r"\w(?:[\w.-]{0,251}\w)?\.?")
_WANTED = "a host and a port such as example.org:443 or [::1]:443"
_WANTED_HOST = "a host such as 192.0.2.1, or one with its port such as 192.0.2.1:5353 or [::1]:5353"


@dataclass(frozen=True, slots=True)
class Address:
    """Where something listens: a name or an IP address, and a port."""

    host: str
    port: int

    @property
    def name(self) -> str:
        """Return the host as certificates name it: without the dot that ends an absolute name."""
        return self.host.removesuffix(".")

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: object, default_port: int | None = None) -> Address:
    """Return the address that a text stands for.

    Args:
        text: What the file has.
        default_port: The port of an address without one; ``None`` when there must be one.

    Raises:
        ValueError: It is no address.
    """
    wanted = _WANTED if default_port is None else _WANTED_HOST
    if not isinstance(text, str):
        raise ValueError(wanted)  # noqa: TRY004 - pydantic collects ValueError only
    if default_port is not None and is_address(text):
        return Address(text, default_port)
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise ValueError(wanted)
    host = found["six"] or found["host"]
    port = default_port if found["port"] is None else int(found["port"])
    if port is None or not 0 < port < 65536 or not _is_host(host, is_six=bool(found["six"])):
        raise ValueError(wanted)
    return Address(host, port)


def _is_host(host: str, *, is_six: bool) -> bool:
    if not is_six:
        return _HOST.fullmatch(host) is not None
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def _host_and_port(value: object) -> Address:
    return value if isinstance(value, Address) else parse_address(value)


HostAndPort = Annotated[Address, PlainValidator(_host_and_port)]
"""An address that names its port."""
