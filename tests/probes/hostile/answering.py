"""One server whose next answer a test sets, byte by byte and piece by piece."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Sequence

from seakeep.observation import Observation
from seakeep.platform import Platform
from seakeep.probes.engine import run_check

__all__ = ["Answering"]


class Answering:
    """Serves one connection at a time, in a thread: reads a head, answers, hangs up."""

    def __init__(self) -> None:
        self.pieces: Sequence[bytes] = ()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._runner = asyncio.Runner()
        self._platforms = {version: self._platform(version) for version in ("1.1", "2")}
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()
        self._runner.close()

    def look(self, *pieces: bytes, http_version: str = "1.1") -> Observation:
        """Return what a check sees of an answer in these pieces."""
        self.pieces = pieces
        platform = self._platforms[http_version]
        (check,) = platform.checks
        return self._runner.run(run_check(platform, check, location="here", run_id="r1"))

    def _platform(self, http_version: str) -> Platform:
        check = {
            "name": "fuzzed",
            "suite": "hostile",
            "path": "/",
            "timeout": "5s",
            "redirects": 2,
            "body_limit": 4096,
            "http_version": http_version,
            "expect": {"status": 200, "json": {"status": "ok"}, "headers": {"X-A": "^a"}},
        }
        host, port = self._listener.getsockname()
        document = {
            "name": "test",
            "environment": "sandbox",
            "base_url": f"http://{host}:{port}",
            "checks": [check],
        }
        return Platform.model_validate(document)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connected, _ = self._listener.accept()
                with connected, contextlib.suppress(OSError):
                    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    head = b""
                    while b"\r\n\r\n" not in head and (came := connected.recv(65536)):
                        head += came
                    for piece in self.pieces:
                        connected.sendall(piece)
