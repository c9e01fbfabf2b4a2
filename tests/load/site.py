"""A small real web site on loopback that counts what it serves and misbehaves on request."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

FOREIGN = "http://localhost:9/elsewhere"


class Site(ThreadingHTTPServer):
    """Answers 200, but: /fail 500, /rare 500 once, /reset, /slow, /away redirects elsewhere."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.served: Counter[str] = Counter()
        self.headers: list[Mapping[str, str]] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def total(self) -> int:
        return sum(self.served.values())

    def count(self, path: str, headers: Mapping[str, str]) -> int:
        with self.lock:
            self.served[path] += 1
            self.headers.append(headers)
            return self.served[path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Site

    def do_GET(self) -> None:
        count = self.server.count(self.path, dict(self.headers.items()))
        if self.path == "/reset":
            self._reset()
        elif self.path == "/away":
            self._answer(302, location=FOREIGN)
        elif self.path == "/slow":
            time.sleep(30)
        else:
            broken = self.path == "/fail" or (self.path == "/rare" and count == 3)
            self._answer(500 if broken else 200)

    def _answer(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def _reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield site
        site.shutdown()
        thread.join()
