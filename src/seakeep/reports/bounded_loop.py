"""An event loop whose look-ups of names can be left behind."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading

__all__ = ["BoundedLoop"]

_Address = tuple[
    socket.AddressFamily,
    socket.SocketKind,
    int,
    str,
    tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
]


class BoundedLoop(asyncio.SelectorEventLoop):
    """Resolves names in daemon threads.

    The standard loop resolves in its executor, and waits for that when it closes and again when
    the interpreter exits: a dead resolver would hold both up for half a minute or more.
    """

    async def getaddrinfo(  # type: ignore[override]
        self,
        host: bytes | str | None,
        port: bytes | str | int | None,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002 - the loop's own name for it
        proto: int = 0,
        flags: int = 0,
    ) -> list[_Address]:
        """Resolve a name, as `socket.getaddrinfo` does."""
        found: asyncio.Future[list[_Address]] = self.create_future()

        def settle(addresses: list[_Address], error: Exception | None) -> None:
            if found.done():
                return
            if error is None:
                found.set_result(addresses)
            else:
                found.set_exception(error)

        def resolve() -> None:
            addresses: list[_Address] = []
            error: Exception | None = None
            try:
                addresses = [*socket.getaddrinfo(host, port, family, type, proto, flags)]
            except (OSError, UnicodeError) as failure:
                error = failure
            # The loop may be closed by now: then nobody waits for the answer any more.
            with contextlib.suppress(RuntimeError):
                self.call_soon_threadsafe(settle, addresses, error)

        threading.Thread(target=resolve, name="seakeep-resolve", daemon=True).start()
        return await found
