"""The transport of HTTP checks: a fresh connection for each request, timed stage by stage.

Cookies and the proxies of the environment play no part: a check sees what a new visitor sees.
"""

from __future__ import annotations

from collections.abc import Sequence

import httpx

from seakeep.checks.check import IpFamily
from seakeep.checks.http import HttpOptions
from seakeep.probes import http1, proxy
from seakeep.probes.causes import OUT_OF_RESOURCES, Stage
from seakeep.probes.clock import StageClock
from seakeep.probes.connect import addresses_of, connect_to
from seakeep.probes.exchange_errors import (
    HttpVersionError,
    ProxyRefusedError,
    ProxyUnreachableError,
    SetupError,
)
from seakeep.probes.outgoing import Outgoing, from_httpx
from seakeep.probes.redirects import refuse_inner
from seakeep.probes.stream import Stream
from seakeep.probes.tls_contexts import tls_context
from seakeep.probes.tls_stream import TlsStream

__all__ = ["FreshConnections"]


class FreshConnections(httpx.AsyncBaseTransport):
    """Opens a connection for each request; closing the answer closes it.

    Attributes:
        requests: How many were sent; all but the first go where a redirect leads.
        where: Host and port of the latest request.
        url: Its whole URL.
        address: The IP address that was tried, and in the end the one that answered.
        stream: The latest connection, for what it tells of address and certificate.
    """

    def __init__(self, options: HttpOptions, clock: StageClock) -> None:
        self.where = self.url = self.address = ""
        self.requests = 0
        self._first: Sequence[str] | None = None
        self.stream: Stream | None = None
        self._options = options
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer with the body unread."""
        await request.aread()
        response = await self.send(from_httpx(request))
        response.request = request
        return response

    async def send(self, request: Outgoing) -> httpx.Response:
        """Send a request, and return its answer with the body unread."""
        self.where, self.url = request.authority, request.url
        self.requests += 1
        if self._clock.stage is not Stage.RESOLVE:  # a redirect's target: from the start again
            self._clock.enter(Stage.RESOLVE)
        try:
            stream = await self._open(request.host, request.port, is_tls=request.scheme == "https")
            if self._speaks_http2(stream):
                from seakeep.probes import http2  # noqa: PLC0415 - few checks want it

                return await http2.exchange(stream, request, self._clock)
            response = await http1.exchange(stream, request, self._clock, self._head(request))
            return self._let_through(response, request.authority)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the latest connection, in whatever state it is."""
        if self.stream is not None:
            self.stream.close()

    def _let_through(self, response: httpx.Response, where: str) -> httpx.Response:
        """Return an answer of the platform; a proxy that wants to know who asks answers itself."""
        if response.status_code == 407 and self._options.proxy is not None:
            raise ProxyRefusedError(f"proxy: wanted {where} through it, got 407")
        return response

    def _head(self, request: Outgoing) -> bytes:
        through = self._options.proxy
        if through is None or request.scheme == "https":
            return request.head(request.target)
        return request.head(request.url.encode("ascii"), proxy.authorization(through))

    async def _open(self, host: str, port: int, *, is_tls: bool) -> Stream:
        options = self._options
        if is_tls:  # what can't be used of our own files is told before anything is sent
            tls_context(options.tls, options.http_version)
        if options.proxy is None:
            stream = await self._connect(host, port, options.ip)
        else:
            stream = await self._open_proxy(options.proxy)
            if is_tls:
                await proxy.open_tunnel(stream, options.proxy, host, port)
        if is_tls:
            name = (options.tls.server_name if options.tls else None) or host
            stream = await self._encrypt(stream, name)
        return stream

    async def _connect(self, host: str, port: int, ip: IpFamily) -> Stream:
        addresses = await addresses_of(host, port, ip, self._clock)
        self.address = addresses[0]
        self._look_where_it_leads(addresses)
        self.stream = await connect_to(addresses, port)
        self.address = self.stream.peer
        return self.stream

    def _look_where_it_leads(self, addresses: Sequence[str]) -> None:
        """Refuse a redirect to a name that leads to this machine's own network."""
        if self._first is None:
            self._first = addresses
        elif self._options.proxy is None and addresses != self._first:
            for address in addresses:
                refuse_inner(address)

    async def _open_proxy(self, through: str) -> Stream:
        host, port = proxy.host_and_port(through)
        try:
            stream = await self._connect(host, port, "any")
            if through.startswith("https:"):
                context = tls_context(None, "1.1")
                self.stream = stream = await TlsStream.handshake(stream, context, host)
        except OSError as error:
            if error.errno in OUT_OF_RESOURCES:
                raise
            raise ProxyUnreachableError(f"{host}:{port}", error) from error
        return stream

    async def _encrypt(self, stream: Stream, name: str) -> Stream:
        self._clock.enter(Stage.TLS)
        context = tls_context(self._options.tls, self._options.http_version)
        self.stream = await TlsStream.handshake(stream, context, name)
        return self.stream

    def _speaks_http2(self, stream: Stream) -> bool:
        wanted = self._options.http_version
        if wanted == "1.1":
            return False
        if wanted == "2" and self._options.proxy is not None and stream.tls is None:
            raise SetupError(
                "request: wanted a way for HTTP/2 through the proxy, got an http:// URL"
            )
        chosen = stream.tls.selected_alpn_protocol() if stream.tls else None
        if wanted == "2" and stream.tls and chosen != "h2":
            raise HttpVersionError(f"tls: wanted HTTP/2 by ALPN, got {chosen or 'no choice'}")
        return wanted == "2" or chosen == "h2"
