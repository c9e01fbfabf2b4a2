"""Raw TCP, TLS and DNS servers on a loop of their own, and one look at them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar, cast

import dns.message

from seakeep.checks.check import Check
from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.probes.engine import run_check

T = TypeVar("T")
Handler = Callable[[StreamReader, StreamWriter], Awaitable[None]]
Reply = Callable[[dns.message.Message], bytes | None]
"""What a name server says to a question; nothing at all for ``None``."""


class Listeners:
    """Servers, each at an address of its own, which stay until their visitors have gone."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._closers: list[Callable[[], None]] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def tcp(
        self, handler: Handler, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> str:
        """Start a server, and return its address."""
        return self._call(self._tcp(handler, tls, host))

    def name_server(self, udp: Reply, tcp: Reply | None = None) -> str:
        """Start a DNS server on a port that is the same for UDP and TCP, and return its address."""
        return self._call(self._name_server(udp, tcp or udp))

    def stop(self) -> None:
        for close in self._closers:
            self._loop.call_soon_threadsafe(close)
        self._call(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _tcp(self, handler: Handler, tls: ssl.SSLContext | None, host: str) -> str:
        async def handle(reader: StreamReader, writer: StreamWriter) -> None:
            try:
                # Cancelled by `stop`; asyncio of Python 3.11 would log that of each connection.
                with contextlib.suppress(
                    OSError, asyncio.IncompleteReadError, asyncio.CancelledError
                ):
                    await handler(reader, writer)
                    while await reader.read(1024):
                        pass
            finally:
                writer.transport.abort()

        server = await asyncio.start_server(handle, host, 0, ssl=tls)
        self._closers.append(server.close)
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{server.sockets[0].getsockname()[1]}"

    async def _name_server(self, udp: Reply, tcp: Reply) -> str:
        async def over_tcp(reader: StreamReader, writer: StreamWriter) -> None:
            length = int.from_bytes(await reader.readexactly(2))
            answer = tcp(dns.message.from_wire(await reader.readexactly(length)))
            if answer is not None:
                writer.write(len(answer).to_bytes(2) + answer)
                await writer.drain()

        class OverUdp(asyncio.DatagramProtocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                self.transport = cast("asyncio.DatagramTransport", transport)

            def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
                answer = udp(dns.message.from_wire(data))
                if answer is not None:
                    self.transport.sendto(answer, addr)

        for _ in range(50):  # a free port of TCP may be taken in UDP
            address = await self._tcp(over_tcp, None, "127.0.0.1")
            port = int(address.rpartition(":")[2])
            with contextlib.suppress(OSError):
                transport, _protocol = await self._loop.create_datagram_endpoint(
                    OverUdp, local_addr=("127.0.0.1", port)
                )
                self._closers.append(transport.close)
                return address
        raise AssertionError("no port is free")

    async def _end_tasks(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.02)  # closed connections go away on the next turns of the loop

    def _call(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def quiet(gone: threading.Event) -> Handler:
    """Return a handler that says nothing, and tells when its visitor has gone."""

    async def serve(reader: StreamReader, _: StreamWriter) -> None:
        try:
            await reader.read()
        finally:
            gone.set()

    return serve


@contextlib.contextmanager
def listening() -> Iterator[Listeners]:
    running = Listeners()
    yield running
    running.stop()


def check_of(**keys: Any) -> Check:  # noqa: ANN401
    """Return the check that a platform's file would hold."""
    return _platform(keys).checks[0]


def observe(**keys: Any) -> Observation:  # noqa: ANN401
    """Look once at what a check of these keys asks."""
    platform = _platform(keys)
    return asyncio.run(run_check(platform, platform.checks[0], location="here", run_id="r"))


def _platform(keys: dict[str, Any]) -> Platform:
    check = {"name": "c", "suite": "other", **keys}
    document = {"name": "test", "environment": "sandbox", "base_url": "http://127.0.0.1:1"}
    return Platform.model_validate({**document, "checks": [check]})
