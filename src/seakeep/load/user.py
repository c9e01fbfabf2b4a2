"""A `FastHttpUser` that says who it is, can be traced, and stays on its platform's hosts."""

from __future__ import annotations

from typing import Any, ClassVar

import gevent  # type: ignore[import-untyped]
from geventhttpclient.useragent import CompatRequest
from locust import FastHttpUser
from locust.contrib.fasthttp import FastResponse, LocustUserAgent
from locust.env import Environment

import seakeep
from seakeep import environment as process
from seakeep.load.causes import ForeignHostError
from seakeep.trace_context import new_trace_id, traceparent

__all__ = ["PlatformUser"]

USER_AGENT = f"seakeep/{seakeep.__version__} (load)"
RUN_HEADER = "X-Seakeep-Run"


class PlatformUser(FastHttpUser):
    """The user to derive scenarios from. All that `FastHttpUser` can do, it can do too.

    Each request carries a W3C ``traceparent`` of its own, so that a failed one is found in the
    platform's traces, the run in ``X-Seakeep-Run``, and a ``User-Agent`` that names Seakeep. No
    request is repeated behind your back, and none leaves the platform's hosts.
    """

    abstract = True
    hosts: ClassVar[frozenset[str]] = frozenset()
    """Where requests may go; set when the run starts."""

    def __init__(self, environment: Environment) -> None:
        """Make a user with a connection pool of its own."""
        super().__init__(environment)
        agent = self.client.client
        agent.default_headers.update({"User-Agent": USER_AGENT, RUN_HEADER: process.run_id()})
        agent.__class__ = _PlatformAgent  # FastHttpSession leaves no choice of agent

    def on_start(self) -> None:
        """Wait for this user's place in the rate, so that a ramp-up is no burst.

        Who overrides it calls ``super().on_start()``.
        """
        gevent.sleep(self.wait_time())


class _PlatformAgent(LocustUserAgent):
    """Sends one request over the wire; a redirect is one more."""

    def _urlopen(self, request: CompatRequest) -> FastResponse:
        host = request.url_split.host
        if host not in PlatformUser.hosts:
            hosts = ", ".join(sorted(PlatformUser.hosts))
            raise ForeignHostError(f"{host} is not among the platform's hosts ({hosts})")
        request.headers["traceparent"] = traceparent(new_trace_id())
        pool: Any = self.clientpool.get_client(request.url_split)._connection_pool  # noqa: SLF001
        pool.size = -1  # it counts the silent repeats that geventhttpclient allows itself
        response: FastResponse = super()._urlopen(request)  # type: ignore[no-untyped-call]
        return response
