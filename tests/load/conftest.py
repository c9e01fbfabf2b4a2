"""Real Locust processes against a real web site on loopback; gevent stays out of this process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import yaml

from seakeep.histogram import Histogram
from seakeep.load_summary import LoadSummary, summarize_load
from seakeep.observation import Kind, Observation
from seakeep.store import open_store
from tests.load.project import LOCUSTFILE, PLATFORM, SLOS
from tests.load.site import Site, serving

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_S = 30.0
AT_ONCE = 4
"""So many runs at once leave each process enough of two cores: runs wait for most of their time."""


@dataclass(frozen=True)
class Ended:
    """A process that is over; `seconds` is how long it was waited for."""

    exit_code: int
    output: str
    seconds: float

    @property
    def said(self) -> str:
        """Return its output without line breaks."""
        return " ".join(self.output.split())


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
        self.port = free_port()
        self._started: list[subprocess.Popen[str]] = []
        self.locustfile.parent.mkdir(parents=True)
        (folder / "platforms" / "harbour").mkdir(parents=True)
        self.declare()
        self.judge("load")
        self.visit('self.client.get("/")')

    def declare(self, **changes: object) -> None:
        text = yaml.safe_dump({**PLATFORM, **changes})
        (self.folder / "platforms" / "harbour" / "platform.yaml").write_text(text)

    def schedule(self, **changes: object) -> None:
        """Declare the one scenario anew."""
        self.declare(scenarios=[{"name": "browse", **changes}])

    def judge(self, kind: str) -> None:
        text = SLOS.format(kind=kind)
        (self.folder / "platforms" / "harbour" / "slos.yaml").write_text(text)

    def visit(self, body: str, *, timeout_s: float = 0.3) -> None:
        """Have each visitor do that."""
        self.locustfile.write_text(LOCUSTFILE.format(body=body, timeout_s=timeout_s))

    def start(self, *flags: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "locust", "-f", str(self.locustfile), "--only-summary", *flags],
            cwd=self.folder,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def start_family(self, *flags: str) -> subprocess.Popen[str]:
        """Start a master and two workers that are its children."""
        port = str(self.port)
        ports = ("--master-bind-port", port, "--master-port", port)
        return self.start("--headless", "--processes", "2", *ports, *flags)

    def start_master(self, workers: int, *flags: str) -> subprocess.Popen[str]:
        """Start a master that waits for so many workers."""
        ports = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(self.port))
        return self.start(
            "--headless", "--master", "--expect-workers", str(workers), *ports, *flags
        )

    def start_worker(self, *flags: str) -> subprocess.Popen[str]:
        return self.start("--worker", "--master-port", str(self.port), *flags)

    def run(self, *flags: str) -> Ended:
        return self.end(self.start("--headless", *flags))

    def end(self, process: subprocess.Popen[str]) -> Ended:
        """Wait for the process, and all that it started, to end by themselves."""
        began = time.monotonic()
        try:
            output, _ = process.communicate(timeout=DEADLINE_S)
        finally:
            self._started.remove(process)
            _kill(process)
        return Ended(process.returncode, output, time.monotonic() - began)

    def close(self) -> None:
        """Leave nothing behind when a test failed half way."""
        for process in self._started:
            _kill(process)
            if process.stdout is not None:
                process.stdout.close()

    def recorded(self) -> list[Observation]:
        """Return what the store has on requests and on the generator."""
        with open_store(self.home) as store:
            return list(store.observations())


def _kill(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):  # its workers may be there when it is gone
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, f"not in {DEADLINE_S:g} s: {what}"
        time.sleep(0.02)


def requests(recorded: Iterable[Observation]) -> list[Observation]:
    """Return the batches of requests."""
    return [one for one in recorded if one.kind is Kind.LOAD]


def events(recorded: Iterable[Observation]) -> Counter[str]:
    """Return how many requests there were by name."""
    counted: Counter[str] = Counter()
    for one in requests(recorded):
        counted[one.name] += one.events
    return counted


def durations(recorded: Iterable[Observation], *, service: bool = False) -> Histogram:
    """Return the response times of all requests together, or their service times."""
    merged = Histogram()
    for one in requests(recorded):
        assert one.batch is not None
        merged.merge(one.batch.service if service else one.batch.durations)
    return merged


def family_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return the processes that a process has started."""
    return psutil.Process(process.pid).children(recursive=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        yield site


@dataclass(frozen=True)
class Done:
    """A run that is over."""

    ended: Ended
    site: Site
    harness: Harness
    recorded: list[Observation]

    @property
    def summary(self) -> LoadSummary:
        return summarize_load(self.recorded)

    @property
    def was_fit(self) -> bool:
        """Return whether the machine was; beside other work it may not be, and runs say so."""
        return self.summary.generator.is_fit

    @property
    def passed(self) -> bool:
        """Return whether it passed, or failed for nothing but a machine that was not fit."""
        _, _, failure = self.ended.output.rpartition("\nfailed: ")
        is_unfit = failure.startswith("most requests are invalid") and ";" not in failure
        return self.ended.exit_code == 0 or (not self.was_fit and is_unfit)


Act = Callable[[Harness, Site], Ended]
"""Makes a run, and returns how it ended."""


class Runs:
    """Runs that are made side by side, each in a project and on a site of its own."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self._stack = stack
        self._pool = stack.enter_context(ThreadPoolExecutor(AT_ONCE))
        self._made: dict[str, Future[Done]] = {}

    def begin(self, acts: Mapping[str, Act]) -> None:
        for name, act in acts.items():
            self._made[name] = self._pool.submit(self._make, name, act)

    def __getitem__(self, name: str) -> Done:
        """Return a run when it is over."""
        return self._made[name].result()

    def _make(self, name: str, act: Act) -> Done:
        with serving() as site, closing(Harness(self._folder / name, site.url)) as harness:
            ended = act(harness, site)
            return Done(ended, site, harness, harness.recorded())


@pytest.fixture(scope="module")
def side_by_side(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[Mapping[str, Act]], Runs]]:
    with ExitStack() as stack:

        def begin(acts: Mapping[str, Act]) -> Runs:
            runs = Runs(tmp_path_factory.mktemp("side-by-side"), stack)
            runs.begin(acts)
            return runs

        yield begin


@pytest.fixture
def harness(tmp_path: Path, site: Site) -> Iterator[Harness]:
    with closing(Harness(tmp_path, site.url)) as harness:
        yield harness
