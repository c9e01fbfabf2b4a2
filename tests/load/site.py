"""A web site on loopback that misbehaves when asked to, and remembers who asked."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Served:
    """One request, as the site saw it."""

    at: float
    path: str
    headers: Mapping[str, str]


class Site(ThreadingHTTPServer):
    """Answers 200; but /fail 500, /rare 500 the third time, /reset, /slow, /away elsewhere.

    /cookie sets one. When told to `freeze`, it answers nobody for a while.
    """

    daemon_threads = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[Served] = []
        self.answered_at: list[float] = []
        self.connections = 0
        self.frozen = (0.0, 0.0)
        self.woke_late_s = 0.0
        self._freeze: tuple[float, float] | None = None
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def total(self) -> int:
        return len(self.requests)

    @property
    def served(self) -> Counter[str]:
        return Counter(request.path for request in self.requests)

    @property
    def headers(self) -> list[Mapping[str, str]]:
        return [request.headers for request in self.requests]

    @property
    def last_at(self) -> float:
        return max((request.at for request in self.requests), default=0.0)

    def freeze(self, after_s: float, for_s: float) -> None:
        """Answer nobody for a while, so long after the first request."""
        self._freeze = (after_s, for_s)

    def count(self, path: str, headers: Mapping[str, str]) -> int:
        with self._lock:
            self.requests.append(Served(time.time(), path, headers))
            if self._freeze and self.total == 1:
                after_s, for_s = self._freeze
                self.frozen = (time.time() + after_s, time.time() + after_s + for_s)
            return (
                sum(request.path == "/rare" for request in self.requests) if path == "/rare" else 0
            )

    def wait(self) -> None:
        """Return when the site is not frozen."""
        begins, ends = self.frozen
        if begins <= time.time() < ends:
            time.sleep(ends - time.time())
            self.woke_late_s = max(self.woke_late_s, time.time() - ends)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Site

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_GET(self) -> None:
        count = self.server.count(self.path, dict(self.headers.items()))
        self.server.wait()
        if self.path == "/reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
        elif self.path == "/hang-up":
            self.close_connection = True
        elif self.path == "/slow":
            time.sleep(1)
            self._answer(200)
        elif self.path == "/away":
            self._answer(302, ("Location", "http://localhost:9/elsewhere"))
        elif self.path == "/cookie":
            self._answer(200, ("Set-Cookie", "visitor=anna; Path=/"))
        else:
            broken = self.path == "/fail" or (self.path == "/rare" and count == 3)
            self._answer(500 if broken else 200)

    def _answer(self, status: int, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        self.wfile.flush()
        self.server.answered_at.append(time.time())

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield site
        site.shutdown()
        thread.join()
