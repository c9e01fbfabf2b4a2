"""A Kubernetes API in a few lines, for clusters that are slow, changed or not what was thought."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class ApiServer(ThreadingHTTPServer):
    """Holds Chaos Mesh objects; a create arrives once it is let through.

    Attributes:
        objects: The names of what there is.
        chaos_mesh: Whether it knows Chaos Mesh at all.
        through: Set while creates are let through.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: set[str] = set()
        self.chaos_mesh = True
        self.through = threading.Event()
        self.through.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: ApiServer

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        name = self._name()
        if not self.server.chaos_mesh or (name and name not in self.server.objects):
            self._answer(404, {"kind": "Status", "reason": "NotFound"})
        elif name:
            self._answer(200, {"metadata": {"name": name}})
        else:
            there = sorted(self.server.objects) if "/networkchaos" in self.path else []
            items = [{"metadata": {"name": found}} for found in there]
            self._answer(200, {"items": items, "metadata": {}})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.through.wait(10)
        self.server.objects.add(body["metadata"]["name"])
        self._answer(201, body)

    def do_DELETE(self) -> None:
        there = self._name() in self.server.objects
        self.server.objects.discard(self._name())
        self._answer(200 if there else 404, {"kind": "Status"})

    def _name(self) -> str:
        return self.path.split("?")[0].partition("/networkchaos")[2].strip("/")

    def _answer(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def serving() -> Iterator[ApiServer]:
    with ApiServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.through.set()
            server.shutdown()
            thread.join()


def write_kubeconfig(file: Path, *urls: str, current: int = 0) -> Path:
    """Write a kubeconfig with the contexts ``c0``, ``c1``, ... of these servers."""
    names = [f"c{number}" for number in range(len(urls))]
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": n, "cluster": {"server": u}} for n, u in zip(names, urls, strict=True)
        ],
        "users": [{"name": "nobody", "user": {}}],
        "contexts": [{"name": n, "context": {"cluster": n, "user": "nobody"}} for n in names],
        "current-context": names[current],
    }
    file.write_text(json.dumps(config))
    return file
