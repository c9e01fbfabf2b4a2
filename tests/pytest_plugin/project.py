"""A project as `seakeep init` makes it, on which the tests run pytest, and a site to look at."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from seakeep.observation import Observation
from seakeep.store import open_store

ROOT = Path(__file__).parent.parent.parent
SECRET = "s3cret-t0ken"
OK = {"status": 200}
BODY = b'{"status": "unhealthy", "services": [{"service": "store"}]}'


class Site(http.server.ThreadingHTTPServer):
    """Answers ``/<status>`` with that status, and ``/held`` only once it may.

    Attributes:
        held: Set once somebody asked for ``/held``.
        released: Set when that is to be answered.
        pushes: How often each group of a Pushgateway was put here, by path.
    """

    request_queue_size = 128
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.held = threading.Event()
        self.released = threading.Event()
        self.pushes: Counter[str] = Counter()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        name = self.path.strip("/").split("?")[0]
        if name == "held":
            self.server.held.set()
            self.server.released.wait(30)
        self._answer(int(name) if name.isdigit() else 200, b"hello" if name == "text" else BODY)

    def do_POST(self) -> None:
        self._answer(200, self.rfile.read(int(self.headers["Content-Length"] or 0)))

    def do_PUT(self) -> None:
        self.server.pushes[self.path] += 1
        self.do_POST()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        site.released.set()
        site.shutdown()
        thread.join()
        site.server_close()


class Project:
    """A folder as `seakeep init` makes it, with a platform ``p``."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self._base_url = base_url
        shutil.copytree(ROOT / "probes", folder / "probes", ignore=shutil.ignore_patterns("__*"))
        shutil.copy(ROOT / "conftest.py", folder)
        ini = "[pytest]\naddopts = --strict-markers -p no:locust -p no:playwright\n"
        (folder / "pytest.ini").write_text(f"{ini}filterwarnings = error\ntestpaths = tests\n")

    def platform(self, *checks: dict[str, Any], **parts: object) -> None:
        document: dict[str, object] = {
            "name": "p",
            "environment": "sandbox",
            "base_url": self._base_url,
            **parts,
        }
        document["checks"] = [{"suite": "health", "expect": OK, **check} for check in checks]
        file = self.folder / "platforms" / "p" / "platform.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(document))

    def objectives(self) -> None:
        """Give the platform those of the sandbox."""
        shutil.copy(ROOT / "platforms" / "sandbox" / "slos.yaml", self.folder / "platforms" / "p")

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        """Start pytest in a process group of its own, as a shell does."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SEAKEEP_", "PYTEST_"))}
        own = {"PYTHONPATH": str(ROOT / "src"), "SEAKEEP_HOME": str(self.folder / "home")}
        return subprocess.Popen(
            [sys.executable, "-m", "pytest", *arguments],
            cwd=self.folder,
            env={**kept, **own, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def pytest(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return ended(self.start(*arguments, **environ))

    def seen(self) -> list[Observation]:
        with open_store(self.folder / "home") as store:
            return list(store.observations())


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Return what a process said, once it has ended."""
    try:
        out, err = process.communicate(timeout=60)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)
