"""The transport of HTTP checks: a fresh connection for each, timed stage by stage.

httpcore's network backend and trace extension are documented joints:
https://www.encode.io/httpcore/network-backends/ and https://www.encode.io/httpcore/extensions/.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import cast

import httpcore
import httpx

from seakeep.probes.causes import Stage
from seakeep.probes.clock import StageClock
from seakeep.probes.resolver import is_address, resolve

__all__ = ["CLOCK", "FreshConnections", "warm_up"]

CLOCK = "seakeep_clock"
"""The request extension that holds the `StageClock`."""

_ATTEMPT_DELAY_S = 0.25
"""Before the next address is tried as well: https://www.rfc-editor.org/rfc/rfc8305#section-8."""

_Attempt = asyncio.Task[httpcore.AsyncNetworkStream]


@functools.cache
def shared_tls() -> ssl.SSLContext:
    """Return the one TLS context of this process: making one takes some 30 ms."""
    return httpx.create_ssl_context()


async def warm_up(*, tls: bool) -> None:
    """Load what is loaded only once now, so that no check's time includes it."""
    await httpcore.AnyIOBackend().sleep(0)
    if tls:
        shared_tls()


class FreshConnections(httpx.AsyncBaseTransport):
    """Opens a connection for each request and closes it after.

    Proxies of the environment and cookies play no part: a check sees what a new visitor sees.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request that carries a clock, and return its answer with the body unread."""
        network = _TimedNetwork(request.extensions[CLOCK])
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        connection = httpcore.AsyncHTTPConnection(
            origin=url.origin,
            ssl_context=shared_tls() if request.url.scheme == "https" else None,
            network_backend=network,
        )
        try:
            response = await connection.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=url,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions={"trace": network.clock.trace},
                )
            )
        except BaseException:
            await network.aclose()
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, network),
            extensions=response.extensions,
        )


class _Body(httpx.AsyncByteStream):
    """The body as it comes in; closing it closes the connection."""

    def __init__(self, response: httpcore.Response, network: _TimedNetwork) -> None:
        self._response = response
        self._network = network

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in cast("AsyncIterable[bytes]", self._response.stream):
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._response.aclose()
        finally:
            await self._network.aclose()


class _TimedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves and connects one by one, so that each has its own time; opens one connection."""

    def __init__(self, clock: StageClock) -> None:
        self.clock = clock
        self._network = httpcore.AnyIOBackend()
        self._stream: httpcore.AsyncNetworkStream | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the check has one deadline over all
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        if is_address(host):
            self.clock.skip(Stage.CONNECT)
            addresses: Sequence[str] = (host,)
        else:
            addresses = await resolve(host, port)
            self.clock.enter(Stage.CONNECT)

        def connect(address: str) -> Awaitable[httpcore.AsyncNetworkStream]:
            return self._network.connect_tcp(address, port, timeout, local_address, socket_options)

        self._stream = await _first_to_connect(addresses, connect)
        return self._stream

    async def aclose(self) -> None:
        """Close the connection, in whatever state it is: also when TLS was interrupted."""
        if self._stream is not None:
            await self._stream.aclose()


async def _first_to_connect(
    addresses: Sequence[str],
    connect: Callable[[str], Awaitable[httpcore.AsyncNetworkStream]],
) -> httpcore.AsyncNetworkStream:
    """Return the first connection of staggered attempts, one per address ("happy eyeballs")."""
    if len(addresses) == 1:
        return await connect(addresses[0])
    waiting, attempts, errors = list(addresses), set[_Attempt](), list[BaseException]()
    try:
        while waiting or attempts:
            if waiting:
                attempts.add(asyncio.ensure_future(connect(waiting.pop(0))))
            done, attempts = await asyncio.wait(
                attempts,
                timeout=_ATTEMPT_DELAY_S if waiting else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            errors += [error for task in done if (error := task.exception()) is not None]
            winners = [task.result() for task in done if task.exception() is None]
            for late in winners[1:]:
                await late.aclose()
            if winners:
                return winners[0]
        raise errors[0]
    finally:
        for task in attempts:
            task.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
