"""How a platform's user sends a request: once, to the platform's hosts, and at little cost.

What comes on top of a bare `FastHttpUser` (a trace id, the run's id, the ceiling, the intended
start) costs a tenth of a request. Two things that a user of a platform does again and again pay for
it: its few URLs are parsed once, and cookies are looked for where there are any.
"""

from __future__ import annotations

from functools import cached_property, lru_cache
from http.cookiejar import CookieJar
from time import perf_counter
from typing import Any, ClassVar

import gevent  # type: ignore[import-untyped]
from geventhttpclient.client import HTTPClient, HTTPClientPool
from geventhttpclient.url import URL
from geventhttpclient.useragent import CompatRequest
from locust.contrib.fasthttp import FastRequest, FastResponse, LocustUserAgent

from seakeep.load.causes import ForeignHostError
from seakeep.load.ceiling import Ceiling
from seakeep.load.run_clock import RunClock
from seakeep.load.under_way import UnderWay
from seakeep.trace_context import Traceparents

__all__ = ["Clients", "Cookies", "PlatformAgent"]

_MOST_URLS = 4096


class PlatformAgent(LocustUserAgent):
    """Sends one request over the wire; a redirect is one more.

    Attributes:
        held_s: How long requests since the last report were held back for the ceiling, in seconds.
    """

    hosts: ClassVar[frozenset[str]] = frozenset()
    """Where requests may go; set when the run starts."""
    ceiling: ClassVar[Ceiling] = Ceiling()
    """The most requests per second; set when the run starts."""
    traceparents: ClassVar[Traceparents] = Traceparents()
    """The trace ids of this process; made anew when the run starts, since forks are alike."""

    under_way: ClassVar[UnderWay] = UnderWay()
    """The requests of this process that have no answer yet; set when the run starts."""
    clock: ClassVar[RunClock] = RunClock()
    """The times of the run; set when the run starts."""
    patience_s: ClassVar[float] = 0.0
    """A request that the run's end cuts off after so long is a failure of the platform's."""

    held_s = 0.0

    def _urlopen(self, request: CompatRequest) -> FastResponse:
        host = request.url_split.host
        if host not in PlatformAgent.hosts:
            hosts = ", ".join(sorted(PlatformAgent.hosts))
            raise ForeignHostError(f"{host} is not among the platform's hosts ({hosts})")
        wait_s = PlatformAgent.ceiling.wait_s(perf_counter())
        if wait_s > 0:
            gevent.sleep(wait_s)
            self.held_s += wait_s
        request.headers["traceparent"] = PlatformAgent.traceparents.next()
        response: FastResponse = super()._urlopen(request)  # type: ignore[no-untyped-call]
        return response


class Clients(HTTPClientPool):
    """Clients that send each request once."""

    def get_client(self, url: str | URL) -> HTTPClient:
        """Return the client of a URL's host."""
        client = super().get_client(url)
        client._connection_pool.size = -1  # noqa: SLF001 - counts the repeats a client allows itself
        return client


class Cookies(CookieJar):
    """Cookies that cost nothing where there are none."""

    def add_cookie_header(self, request: Any) -> None:  # noqa: ANN401 - as urllib's
        """Add those that a request should carry."""
        for _ in self:
            super().add_cookie_header(request)
            return

    def extract_cookies(self, response: Any, request: Any) -> None:  # noqa: ANN401 - as urllib's
        """Keep those that a response sets."""
        if "set-cookie" in response.headers:
            super().extract_cookies(response, request)


class PlatformRequest(FastRequest):
    """A request whose URL may have been parsed before."""

    def set_url(self, url: str | URL, params: Any = None) -> None:  # noqa: ANN401 - the base's
        """Take a URL."""
        known = _parsed(url) if isinstance(url, str) and params is None else url
        super().set_url(known, params)


PlatformAgent.request_type = PlatformRequest


class _ParsedURL(URL):
    """A URL whose parts are worked out once; URLs never change."""

    def __init__(self, url: Any = "", params: Any = None) -> None:  # noqa: ANN401 - the base's
        super().__init__(url, params)
        self._text = super().__str__()

    def __str__(self) -> str:
        return self._text

    @cached_property
    def host(self) -> str:
        return super().host

    @cached_property
    def port(self) -> int | None:
        return super().port

    @cached_property
    def request_uri(self) -> str:
        return super().request_uri

    @cached_property
    def quoted_uri(self) -> str:
        return super().quoted_uri


@lru_cache(maxsize=_MOST_URLS)
def _parsed(url: str) -> URL:
    return _ParsedURL(url)
