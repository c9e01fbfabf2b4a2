"""The scenarios of `load/`, against a real sandbox, and against a school that forgets."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest

from seakeep.load_summary import Arrivals, summarize_load
from seakeep.observation import Kind, Observation
from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment
from tests.load.conftest import ROOT, Harness

WORK = {"GET /", "GET /courses/[course]", "POST /api/answers", "GET /api/progress"}
LESSON = "/courses/tides-and-currents"

BROWSE: dict[str, object] = {
    "name": "browse",
    "rate": 40,
    "duration": "2s",
    "mix": {"home": 3, "lti_config": 1},
}
WORKING: dict[str, object] = {
    "name": "work",
    "rate": 10,
    "duration": "2s",
    "spacing": "poisson",
    "users": 40,
}
BEGINNING: dict[str, object] = {
    "name": "class-start",
    "shape": {"kind": "class-start", "people": 40, "within": "2s"},
}


class Forgetful(ThreadingHTTPServer):
    """A school that takes every request for that of a stranger; counts its connections."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Stranger)
        self.connections = 0
        self.counting = Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class _Stranger(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    server: Forgetful

    def setup(self) -> None:
        super().setup()
        with self.server.counting:
            self.server.connections += 1

    def do_GET(self) -> None:
        self._answer({"courses": {}, "score": 0, "of": 3})

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        correct = b"Moon" not in sent
        self._answer({"correct": correct, "score": int(correct)})

    def _answer(self, body: Mapping[str, object]) -> None:
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()

    def log_message(self, *args: object) -> None:
        pass


@dataclass(frozen=True)
class Done:
    """A run of a scenario that is over."""

    exit_code: int
    output: str
    recorded: list[Observation]

    @property
    def requests(self) -> Counter[str]:
        """Return how many requests there were of each name."""
        loads = [o for o in self.recorded if o.kind is Kind.LOAD]
        return Counter({n: sum(o.events for o in loads if o.name == n) for n in _names(loads)})

    @property
    def arrivals(self) -> Arrivals:
        return summarize_load(self.recorded).arrivals

    @property
    def causes(self) -> set[tuple[str, str]]:
        """Return which requests failed of what; what the machine was unfit for does not count."""
        return {
            (o.name, o.cause)
            for o in self.recorded
            if o.kind is Kind.LOAD and o.cause not in {"", "generator-saturated"}
        }


def _names(loads: list[Observation]) -> set[str]:
    return {o.name for o in loads}


def all_at_once(
    folder: Path, asked: Mapping[str, tuple[str, dict[str, object]]]
) -> dict[str, Done]:
    """Run scenarios as the platform's file declares them, each with a store of its own."""
    harnesses = {}
    for name, (url, scenario) in asked.items():
        harness = Harness(folder / name, url)
        harness.declare(scenarios=[scenario])
        file = f"{str(scenario['name']).replace('-', '_')}.py"
        shutil.copyfile(ROOT / "load" / file, harness.locustfile)
        harnesses[name] = harness
    started = {name: harness.start("--headless") for name, harness in harnesses.items()}
    ended = {name: harnesses[name].end(process) for name, process in started.items()}
    return {n: Done(e.exit_code, e.output, harnesses[n].recorded()) for n, e in ended.items()}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxEnvironment]:
    home = tmp_path_factory.mktemp("sandbox")
    yield control.up(home)
    control.down(home)


@pytest.fixture(scope="module")
def forgetful() -> Iterator[tuple[Forgetful, Forgetful]]:
    """Two of them: one for each scenario that is sent there."""
    with ExitStack() as stack:
        schools = (stack.enter_context(Forgetful()), stack.enter_context(Forgetful()))
        for school in schools:
            Thread(target=school.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(school.shutdown)
        yield schools


@pytest.fixture(scope="module")
def done(
    sandbox: SandboxEnvironment,
    forgetful: tuple[Forgetful, Forgetful],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Done]:
    at_work, in_class = forgetful
    unknown = {**BROWSE, "mix": {"home": 3, "sign_in": 1}}
    return all_at_once(
        tmp_path_factory.mktemp("runs"),
        {
            "browse": (sandbox.base_url, BROWSE),
            "work": (sandbox.base_url, WORKING),
            "class-start": (sandbox.base_url, BEGINNING),
            "work-forgotten": (at_work.url, WORKING),
            "class-start-counted": (in_class.url, BEGINNING),
            "unknown-task": (sandbox.base_url, unknown),
        },
    )


@pytest.fixture(scope="module")
def storeless(
    done: dict[str, Done], sandbox: SandboxEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> Done:
    """Work at a school whose store is gone; all other runs are over by then."""
    os.kill(sandbox.store_pid, signal.SIGKILL)
    asked = {"storeless": (sandbox.base_url, {**WORKING, "duration": "1s", "spacing": "even"})}
    return all_at_once(tmp_path_factory.mktemp("storeless"), asked)["storeless"]


@pytest.mark.parametrize("name", ["browse", "work", "class-start"])
def test_each_scenario_passes_on_the_sandbox_and_starts_whoever_was_due(
    done: dict[str, Done], name: str
) -> None:
    run = done[name]
    assert run.exit_code == 0, run.output
    assert run.causes == set()
    assert run.arrivals.due == run.arrivals.started > 0
    assert run.arrivals.missed == 0
    assert {o.attributes["scenario"] for o in run.recorded if o.kind is Kind.LOAD} == {name}


def test_browsing_keeps_its_rate_and_the_mix_of_the_platform_s_file(done: dict[str, Done]) -> None:
    requests = done["browse"].requests
    assert set(requests) == {"GET /", "GET /lti/config"}, "health is not in the mix"
    assert requests.total() == done["browse"].arrivals.due == 80
    assert requests["GET /"] > requests["GET /lti/config"], "three to one"


def test_work_is_whole_sessions_under_names_that_are_few(done: dict[str, Done]) -> None:
    run = done["work"]
    assert set(run.requests) == WORK
    sessions = run.arrivals.started
    assert run.requests["GET /"] == run.requests["GET /api/progress"] == sessions
    lessons = run.requests["GET /courses/[course]"]
    assert sessions <= lessons <= run.requests["POST /api/answers"] <= 2 * lessons <= 6 * sessions


def test_all_of_a_class_open_the_same_lesson_and_some_answer(done: dict[str, Done]) -> None:
    requests = done["class-start"].requests
    assert set(requests) <= {"GET /", f"GET {LESSON}", f"POST {LESSON}/answer"}
    assert requests["GET /"] == requests[f"GET {LESSON}"] == done["class-start"].arrivals.due == 40
    assert requests[f"POST {LESSON}/answer"] < 40


def test_each_of_a_class_comes_by_a_connection_of_their_own(
    done: dict[str, Done], forgetful: tuple[Forgetful, Forgetful]
) -> None:
    at_work, in_class = forgetful
    assert in_class.connections == done["class-start-counted"].arrivals.started == 40
    assert at_work.connections <= 40, "as many as there are users, however many visitors"


def test_a_school_that_forgets_who_asks_fails_the_checks_of_work(done: dict[str, Done]) -> None:
    run = done["work-forgotten"]
    assert run.exit_code == 1, run.output
    assert ("GET /api/progress", "assertion") in run.causes
    assert {cause for _, cause in run.causes} == {"assertion"}
    told = {o.message for o in run.recorded if o.name == "GET /api/progress"}
    assert any("wanted" in text and "got {'courses': {}, 'score': 0" in text for text in told), told


def test_a_school_whose_store_is_gone_fails_where_it_needs_it(storeless: Done) -> None:
    assert storeless.exit_code == 1, storeless.output
    assert ("POST /api/answers", "status") in storeless.causes
    assert {cause for _, cause in storeless.causes} == {"status"}, "also where a page is no JSON"
    told = {o.message for o in storeless.recorded if o.cause == "status"}
    assert told == {"answered 503"}
    traces = [o.attributes["trace_id"] for o in storeless.recorded if o.cause == "status"]
    assert all(len(str(trace)) == 32 for trace in traces)


def test_a_task_of_the_mix_that_the_file_lacks_is_told_in_one_line(done: dict[str, Done]) -> None:
    run = done["unknown-task"]
    assert run.exit_code == 2
    (line,) = [line for line in run.output.splitlines() if "seakeep:" in line]
    assert "scenario browse: its mix has sign_in, which the locustfile lacks" in line
    assert "health, home, lti_config" in line
    assert "Traceback" not in run.output
    assert run.requests.total() == 0


def test_two_scenarios_in_one_run_are_told_in_one_line(tmp_path: Path) -> None:
    harness = Harness(tmp_path, "http://127.0.0.1:9")
    both = f"{ROOT / 'load' / 'browse.py'},{ROOT / 'load' / 'work.py'}"
    ended = harness.run("-f", both)
    assert ended.exit_code == 2
    assert ended.output.startswith("seakeep: two scenarios in one run, browse and work: wanted one")
    assert len(ended.output.splitlines()) == 1
