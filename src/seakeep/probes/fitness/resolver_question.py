"""Asks the resolver for a name that can't be in its cache: does it answer for anything?"""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import struct
from collections.abc import Sequence
from pathlib import Path

from seakeep.probes.fitness.proc_files import read_text

__all__ = ["PORT", "name_servers", "resolver_answers"]

PORT = 53
_ANSWERS = frozenset({0, 3, 5})
"""NOERROR, NXDOMAIN and REFUSED; SERVFAIL (2) is what one without its upstream says."""

_HEAD = struct.Struct("!6H")  # id, flags, counts: https://www.rfc-editor.org/rfc/rfc1035#section-4
_RECURSION_DESIRED = 0x0100
_IS_RESPONSE = 0x8000
_MOST_SERVERS = 3  # MAXNS of https://man7.org/linux/man-pages/man5/resolv.conf.5.html


def name_servers(root: Path = Path("/")) -> tuple[str, ...]:
    """Return the addresses of ``/etc/resolv.conf``, as the C library reads it."""
    found: list[str] = []
    for line in read_text(root / "etc/resolv.conf").splitlines():
        parts = line.split()
        if len(parts) > 1 and parts[0] == "nameserver" and _is_server(parts[1]):
            found.append(parts[1])
    return tuple(found[:_MOST_SERVERS]) or ("127.0.0.1",)


async def resolver_answers(
    host: str,
    servers: Sequence[str],
    *,
    port: int = PORT,
    timeout_s: float = 2.0,
) -> bool:
    """Return whether any name server has an answer, though it be "no such name".

    The question is for a random name beside the host's domain, which must travel: a resolver
    without its uplink still knows what it was asked before. It is sent once, over UDP.

    Args:
        host: A name that got no answer.
        servers: The addresses to ask, all at once.
        port: Their port.
        timeout_s: How long to wait, in seconds.
    """
    loop, heard = asyncio.get_running_loop(), asyncio.Event()
    question = _question(_unheard_of(host))
    transports: list[asyncio.DatagramTransport] = []
    try:
        for server in servers:
            try:
                transport, _ = await loop.create_datagram_endpoint(
                    lambda: _Listener(question, heard), remote_addr=(server, port)
                )
            except OSError:  # no route, or no descriptor: no answer either
                continue
            transports.append(transport)
            transport.sendto(question)
        if transports:
            async with asyncio.timeout(timeout_s):
                await heard.wait()
    except TimeoutError:
        return False
    finally:
        for transport in transports:
            transport.close()
    return heard.is_set()


class _Listener(asyncio.DatagramProtocol):
    """Waits for a response to one question; all else that comes is left."""

    def __init__(self, question: bytes, heard: asyncio.Event) -> None:
        self._question = question
        self._heard = heard

    def datagram_received(self, data: bytes, _addr: object) -> None:
        if _is_answer(data, self._question):
            self._heard.set()

    def error_received(self, exc: Exception) -> None:
        """Nothing listens there; another server may."""


def _is_answer(response: bytes, question: bytes) -> bool:
    if len(response) < _HEAD.size or response[:2] != question[:2]:
        return False
    flags = _HEAD.unpack_from(response)[1]
    return bool(flags & _IS_RESPONSE) and flags & 0x000F in _ANSWERS


def _unheard_of(host: str) -> bytes:
    """Return a random name under the host's last label: ``seakeep-4f1c.org``."""
    last = host.rstrip(".").rpartition(".")[2].encode("ascii", "ignore")[:63]
    labels = [f"seakeep-{secrets.token_hex(8)}".encode(), last]
    return b"".join(bytes([len(label)]) + label for label in labels if label) + b"\0"


def _question(name: bytes) -> bytes:
    head = _HEAD.pack(secrets.randbits(16), _RECURSION_DESIRED, 1, 0, 0, 0)
    return head + name + struct.pack("!2H", 1, 1)  # type A, class IN


def _is_server(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True
