"""From a host to a connected stream: addresses of the family wanted, and the first to answer.

Resolving and connecting are stages of their own, so that each has its own time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from seakeep.checks.check import IpFamily
from seakeep.probes.causes import Stage
from seakeep.probes.clock import StageClock
from seakeep.probes.exchange_errors import NoSuchFamilyError
from seakeep.probes.resolver import is_address, resolve
from seakeep.probes.stream import SocketStream

__all__ = ["addresses_of", "connect_to", "of_family"]

_ATTEMPT_DELAY_S = 0.25
"""Before the next address is tried as well: https://www.rfc-editor.org/rfc/rfc8305#section-8."""


async def addresses_of(host: str, port: int, ip: IpFamily, clock: StageClock) -> Sequence[str]:
    """Return a host's addresses that count, and enter the stage of connecting.

    Raises:
        socket.gaierror: There is none at all.
        NoSuchFamilyError: There is none of the family wanted.
    """
    if is_address(host):
        clock.skip(Stage.CONNECT)
        return of_family(ip, host, (host,))
    addresses = of_family(ip, host, await resolve(host, port))
    clock.enter(Stage.CONNECT)
    return addresses


async def connect_to(addresses: Sequence[str], port: int) -> SocketStream:
    """Return a stream to the first of these addresses that answers.

    Raises:
        OSError: None does.
    """
    if len(addresses) == 1:
        return await SocketStream.connect(addresses[0], port)
    return await _first_to_connect(addresses, port)


def of_family(ip: IpFamily, host: str, addresses: Sequence[str]) -> Sequence[str]:
    """Return the addresses that count, in the order in which they are tried.

    Raises:
        NoSuchFamilyError: There is none.
    """
    if ip == "any":
        return addresses
    wanted = ip[-1]
    first = [each for each in addresses if (":" in each) == (wanted == "6")]
    if ip.startswith("prefer-"):
        return [*first, *(each for each in addresses if each not in first)]
    if not first:
        got = ", ".join(addresses)
        raise NoSuchFamilyError(f"resolve: wanted an IPv{wanted} address for {host}, got {got}")
    return first


async def _first_to_connect(addresses: Sequence[str], port: int) -> SocketStream:
    """Return the first connection of staggered attempts, one per address ("happy eyeballs")."""
    waiting, errors = list(addresses), list[BaseException]()
    attempts = set[asyncio.Task[SocketStream]]()
    try:
        while waiting or attempts:
            if waiting:
                attempt = SocketStream.connect(waiting.pop(0), port)
                attempts.add(asyncio.ensure_future(attempt))
            done, attempts = await asyncio.wait(
                attempts,
                timeout=_ATTEMPT_DELAY_S if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            errors += [error for task in done if (error := task.exception()) is not None]
            winners = [task.result() for task in done if task.exception() is None]
            for late in winners[1:]:
                late.close()
            if winners:
                return winners[0]
        raise errors[0]
    finally:
        await _abandon(attempts)


async def _abandon(attempts: set[asyncio.Task[SocketStream]]) -> None:
    """Cancel attempts that nobody waits for; one that has just succeeded is closed."""
    for task in attempts:
        task.cancel()
    for ended in await asyncio.gather(*attempts, return_exceptions=True):
        if isinstance(ended, SocketStream):
            ended.close()
