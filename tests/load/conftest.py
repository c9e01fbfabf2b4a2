"""Real Locust processes against a real web site on loopback; gevent stays out of this process."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from seakeep.observation import Observation
from seakeep.store import open_store

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 20.0

PLATFORM = {
    "name": "harbour",
    "environment": "development",
    "base_url": "${SEAKEEP_BASE_URL}",
    "hosts": ["127.0.0.1"],
    "limits": {"max_rate": 300, "max_load_duration": "1m"},
    "checks": [{"name": "home", "suite": "home", "path": "/", "expect": {"status": 200}}],
    "scenarios": [{"name": "browse", "users": 4, "rate": 40, "duration": "2s"}],
}

SLOS = """
apiVersion: openslo/v1
kind: SLO
metadata: {{name: load-success}}
spec:
  service: harbour
  indicator:
    metadata: {{name: good}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: seakeep, spec: {{outcome: good}}}}}}
        total: {{metricSource: {{type: seakeep, spec: {{kind: {kind}}}}}}}
  timeWindow: [{{duration: 7d, isRolling: true}}]
  budgetingMethod: Occurrences
  objectives: [{{target: 0.8}}]
"""

LOCUSTFILE = """
from locust import task
from seakeep.load import scenario
from seakeep.load.user import PlatformUser

class Visitor(PlatformUser):
    wait_time = scenario.arrivals("browse")
    network_timeout = 0.3

    @task
    def visit(self):
        {body}
"""


class Site(ThreadingHTTPServer):
    """Answers 200; but /fail 500, /rare 500 the third time, /reset, /slow, /away elsewhere."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.served: Counter[str] = Counter()
        self.headers: list[Mapping[str, str]] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def total(self) -> int:
        return sum(self.served.values())

    def count(self, path: str, headers: Mapping[str, str]) -> int:
        with self._lock:
            self.served[path] += 1
            self.headers.append(headers)
            return self.served[path]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Site

    def do_GET(self) -> None:
        count = self.server.count(self.path, dict(self.headers.items()))
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
            self._answer(302, "http://localhost:9/elsewhere")
        else:
            broken = self.path == "/fail" or (self.path == "/rare" and count == 3)
            self._answer(500 if broken else 200)

    def _answer(self, status: int, location: str | None = None) -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        pass


@dataclass(frozen=True)
class Ended:
    exit_code: int
    output: str
    seconds: float


class Harness:
    """A project folder with one platform and one scenario, and Locust on it."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.locustfile = folder / "load" / "browse.py"
        self.environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("SEAKEEP_", "LOCUST_"))},
            "PYTHONPATH": str(ROOT / "src"),
            "SEAKEEP_BASE_URL": base_url,
            "SEAKEEP_PLATFORM": "harbour",
            "SEAKEEP_HOME": str(self.home),
        }
        self.locustfile.parent.mkdir(parents=True)
        (folder / "platforms" / "harbour").mkdir(parents=True)
        self.declare()
        self.judge("load")
        self.visit('self.client.get("/")')

    def declare(self, **changes: object) -> None:
        text = yaml.safe_dump({**PLATFORM, **changes})
        (self.folder / "platforms" / "harbour" / "platform.yaml").write_text(text)

    def judge(self, kind: str) -> None:
        text = SLOS.format(kind=kind)
        (self.folder / "platforms" / "harbour" / "slos.yaml").write_text(text)

    def visit(self, body: str) -> None:
        self.locustfile.write_text(LOCUSTFILE.format(body=body))

    def start(self, *flags: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", str(self.locustfile), "--only-summary", *flags],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *flags: str) -> Ended:
        return self.end(self.start("--headless", *flags))

    def end(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for the process to end by itself."""
        began = time.monotonic()
        try:
            output, _ = process.communicate(timeout=DEADLINE_S)
        finally:
            with suppress(ProcessLookupError):  # the workers of a master that was killed
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return Ended(process.returncode, output, time.monotonic() - began)

    def recorded(self) -> list[Observation]:
        with open_store(self.home) as store:
            return list(store.observations())


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, f"not in {DEADLINE_S:g} s: {what}"
        time.sleep(0.02)


@pytest.fixture(name="eventually")
def _eventually() -> Callable[[Callable[[], bool], str], None]:
    return eventually


@contextmanager
def serving() -> Iterator[Site]:
    with Site() as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield site
        site.shutdown()
        thread.join()


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@dataclass(frozen=True)
class Done:
    """A run of one second that is over."""

    ended: Ended
    site: Site
    recorded: list[Observation]


Prepare = Callable[[Harness], tuple[str, ...]]


@pytest.fixture(scope="module")
def side_by_side(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Done]]:
    """Runs of one second each, all at once, each in a project and on a site of its own."""

    def run_all(prepare: Mapping[str, Prepare]) -> dict[str, Done]:
        with ExitStack() as stack:
            sites = {name: stack.enter_context(serving()) for name in prepare}
            folder = tmp_path_factory.mktemp("side-by-side")
            harnesses = {name: Harness(folder / name, sites[name].url) for name in prepare}
            started = {
                name: harnesses[name].start(
                    "--headless", "--run-time", "1", *flags(harnesses[name])
                )
                for name, flags in prepare.items()
            }
            ended = {name: harnesses[name].end(process) for name, process in started.items()}
            return {n: Done(ended[n], sites[n], harnesses[n].recorded()) for n in prepare}

    return run_all


@pytest.fixture
def harness(tmp_path: Path, site: Site) -> Harness:
    return Harness(tmp_path, site.url)


@pytest.fixture
def repository_browse() -> str:
    return (ROOT / "load" / "browse.py").read_text()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
