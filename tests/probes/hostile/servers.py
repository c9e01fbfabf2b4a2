"""All the hostile servers in a process of their own, so that they take no time of the observer's.

``python -m tests.probes.hostile.servers FOLDER`` writes the authority's certificate to a folder,
prints where each case is served as one line of JSON, and ends with its standard input. One more
server, the ledger, tells the heads of the requests that each of the others has received.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
import sys
import threading
from pathlib import Path

from tests.probes.hostile import (  # noqa: F401 - each registers its cases
    bodies,
    certificates,
    chunks,
    connections,
    encodings,
    encryption,
    frames,
    heads,
    interim,
    lengths,
    redirects,
    strangers,
    texts,
)
from tests.probes.hostile.case import CASES, Case, Door, Visit

LEDGER = "ledger"
_END_OF_THE_VISITOR = (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError)


class Site:
    """Serves every case on a port of its own."""

    def __init__(self, issued: certificates.Certificates) -> None:
        self.urls: dict[str, str] = {}
        self.received: dict[str, list[str]] = {}
        self._issued = issued
        self._kept: list[object] = []

    async def open(self) -> None:
        for case in CASES.values():
            await self._open(case)
        ledger = await asyncio.start_server(self._tell, "127.0.0.1", 0)
        self.urls[LEDGER] = f"http://{_authority(ledger.sockets[0])}"
        self._kept.append(ledger)

    async def _open(self, case: Case) -> None:
        if case.door is Door.NONE:
            return
        listener = socket.create_server(
            (case.address, 0),
            family=socket.AF_INET6 if ":" in case.address else socket.AF_INET,
            backlog=0 if case.door is Door.FULL else 128,
        )
        scheme = "https" if case.tls else "http"
        self.urls[case.name] = f"{scheme}://{_authority(listener)}"
        match case.door:
            case Door.OPEN:
                tls = self._issued.context(case.tls) if case.tls else None
                serve = self._handler(case)
                opened = await asyncio.start_server(serve, sock=listener, ssl=tls, limit=2**20)
                self._kept.append(opened)
            case Door.FULL:
                self._kept += [listener, *_queue_up(listener)]
            case Door.SHUT:
                address = listener.getsockname()
                listener.close()
                taken = socket.socket()
                taken.bind(address)
                self._kept.append(taken)

    def _handler(self, case: Case):  # type: ignore[no-untyped-def]  # noqa: ANN202
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            visit = Visit(reader, writer, self.urls, self._issued)
            with contextlib.suppress(*_END_OF_THE_VISITOR):
                if case.reads:
                    await visit.read_head()
                    self.received.setdefault(case.name, []).append(visit.head.decode("latin-1"))
                await case.serve(visit)
            writer.close()

        return handle

    async def _tell(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(self.received).encode())
        writer.close()


def _authority(listener: socket.socket) -> str:
    host, port, *_ = listener.getsockname()
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _queue_up(listener: socket.socket) -> list[socket.socket]:
    waiting = [socket.socket() for _ in range(3)]
    for each in waiting:
        each.setblocking(False)
        each.connect_ex(listener.getsockname())
    return waiting


async def main(folder: Path) -> None:
    site = Site(certificates.Certificates(folder))
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, _context: None)  # what visitors break is expected
    await site.open()
    print(json.dumps(site.urls), flush=True)
    await asyncio.Event().wait()


def end_with_input() -> None:
    """End with the test that started this, however it ended, and whatever handlers are up to."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_input, daemon=True).start()
    asyncio.run(main(Path(sys.argv[1])))
