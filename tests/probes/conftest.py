"""Real servers for the probes to look at, and platforms that point at them."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from seakeep.platform import Platform
from tests.probes.exchanges import AUTHORITY

T = TypeVar("T")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Servers:
    """Raw TCP servers on a loop of their own, each with a handler for every connection."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.requests: list[str] = []

    def serve(
        self,
        handler: Handler,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        reads_head: bool = True,
    ) -> str:
        """Start one, and return its base URL; the handler comes after the request's head."""

        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                    if reads_head:
                        head = await reader.readuntil(b"\r\n\r\n")
                        self.requests.append(head.decode("latin-1"))
                    await handler(reader, writer)
            finally:
                writer.close()

        server = self._call(asyncio.start_server(handle, host, 0, ssl=tls))
        self._servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return f"http{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{port}"

    def answer(self, body: str | bytes = b"", *, status: int = 200, headers: str = "") -> str:
        """Start one that always answers the same, and return its base URL."""
        content = body.encode() if isinstance(body, str) else body
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n{headers}\r\n"

        async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(head.encode() + content)
            await writer.drain()

        return self.serve(handler)

    def pages(self, pages: dict[str, str]) -> str:
        """Start a small site of HTML pages by path, and return its base URL."""

        async def handler(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            path = self.requests[-1].split(" ")[1]
            content = pages.get(path, "").encode()
            status = 200 if path in pages else 404
            head = f"HTTP/1.1 {status} X\r\nContent-Type: text/html\r\nConnection: close\r\n"
            writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
            await writer.drain()

        return self.serve(handler)

    def stop(self) -> None:
        for server in self._servers:
            self._loop.call_soon_threadsafe(server.close)
        self._call(self._end_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end_tasks(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.02)  # closed connections go away on the next turns of the loop

    def _call(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


@pytest.fixture
def servers() -> Iterator[Servers]:
    running = Servers()
    yield running
    running.stop()


@pytest.fixture
def platform_at() -> Callable[..., Platform]:
    """A platform at a base URL; each check is given by what it changes of a plain one."""

    def make(base_url: str, *checks: dict[str, Any], **parts: object) -> Platform:
        plain = {"suite": "health", "path": "/", "expect": {"status": 200}}
        numbered = [{"name": f"check-{n}", **plain, **check} for n, check in enumerate(checks)]
        document = {"name": "test", "environment": "sandbox", "base_url": base_url, **parts}
        return Platform.model_validate({**document, "checks": numbered or [{**plain, "name": "c"}]})

    return make


@pytest.fixture
def ca(tmp_path: Path) -> str:
    """A PEM file of the authority that issues the certificates of TLS servers."""
    file = tmp_path / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(file))
    return str(file)
