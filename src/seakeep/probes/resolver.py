"""Names to addresses, without a shared pool of threads that slow names could use up."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable

__all__ = ["is_address", "resolve"]


def is_address(host: str) -> bool:
    """Return whether the host is an IP address already, so that there is nothing to resolve."""
    for family in (socket.AF_INET, socket.AF_INET6):  # ten times as fast as the ipaddress module
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False


def _is_old_address(host: str) -> bool:
    """Return whether the host is an IPv4 address in disguise, such as 2130706433 or 0x7f.1.

    The system's resolver takes these for addresses. A hostile redirect could use one to get past
    what is known of addresses: https://owasp.org/www-community/pages/controls/SSRF_Prevention.
    """
    try:
        socket.inet_aton(host)
    except (OSError, ValueError):
        return False
    return not is_address(host)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses of a host, in the system's order of preference (RFC 6724).

    A lookup can't be cancelled, so each has a daemon thread of its own: one that hangs holds up
    neither the other checks nor the end of the process.

    Raises:
        OSError: There is no such name, or no resolver that answers (`socket.gaierror`).
    """
    if _is_old_address(host):
        message = f"{host} is a number, and neither a name nor an address in its usual form"
        raise socket.gaierror(socket.EAI_NONAME, message)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def settle(how: Callable[[], None]) -> None:
        if not answer.done():
            how()

    def look_up() -> None:
        how: Callable[[], None]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            failed = error
            how = lambda: answer.set_exception(failed)  # noqa: E731
        except UnicodeError as error:  # a label that is empty, or longer than DNS allows
            failed = socket.gaierror(socket.EAI_NONAME, str(error))
            how = lambda: answer.set_exception(failed)  # noqa: E731
        else:
            addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
            how = lambda: answer.set_result(addresses)  # noqa: E731
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, how)

    threading.Thread(target=look_up, daemon=True, name=f"resolve {host}").start()
    return await answer
