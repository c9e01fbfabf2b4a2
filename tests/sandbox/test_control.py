from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import psutil
import pytest

from seakeep.errors import SandboxError
from seakeep.sandbox import control
from seakeep.sandbox.environment import SandboxEnvironment, SandboxRecord

from .polling import eventually, family, gone


def listens(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(url.rsplit(":", 1)[1]))) == 0


def test_up_is_quick_and_down_leaves_nothing(tmp_path: Path) -> None:
    started = time.monotonic()
    environment = control.up(tmp_path)
    assert time.monotonic() - started < 10  # under 3 s where nothing else runs
    pids = family(environment.supervisor_pid)
    assert len(pids) == 5
    assert control.read(tmp_path) == environment
    assert control.up(tmp_path) == environment
    assert control.down(tmp_path) is True
    assert gone(pids)
    assert not listens(environment.base_url)
    assert not listens(environment.api_url)
    assert not listens(environment.toxiproxy_url)
    assert list(tmp_path.iterdir()) == []
    assert control.read(tmp_path) is None
    assert control.down(tmp_path) is False


def test_a_killed_supervisor_takes_everything_with_it(tmp_path: Path) -> None:
    environment = control.up(tmp_path)
    pids = family(environment.supervisor_pid)
    # A frozen pod could not notice the end of its stdin; the kernel still ends it.
    psutil.Process(pids[-1]).suspend()
    psutil.Process(environment.supervisor_pid).kill()
    eventually(lambda: gone(pids))
    assert not listens(environment.base_url)
    assert control.read(tmp_path) is None
    assert control.down(tmp_path) is False
    assert list(tmp_path.iterdir()) == []


def test_the_foreground_sandbox_ends_with_its_block(
    tmp_path: Path, bare_http: httpx.Client
) -> None:
    with control.foreground(tmp_path) as environment:
        pids = family(environment.supervisor_pid)
        assert bare_http.get(f"{environment.base_url}/health").status_code == 200
        with pytest.raises(SandboxError, match="runs here already"), control.foreground(tmp_path):
            pass
    assert gone(pids)
    assert list(tmp_path.iterdir()) == []


OWNER = """
import sys, time
from pathlib import Path
from seakeep.sandbox import control
with control.foreground(Path(sys.argv[1])) as environment:
    print(environment.supervisor_pid, flush=True)
    time.sleep(60)
"""


def test_the_foreground_sandbox_ends_with_its_killed_owner(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pids = family(int(owner.stdout.readline()))
        owner.kill()
    eventually(lambda: gone(pids))
    assert control.read(tmp_path) is None


def test_a_start_that_fails_says_what_the_log_says(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SandboxError, match="address already in use"):
            control.up(tmp_path, ingress_port=port)
    assert control.read(tmp_path) is None
    control.down(tmp_path)


def test_a_state_file_of_another_process_is_not_believed(tmp_path: Path) -> None:
    environment = SandboxEnvironment(
        "http://127.0.0.1:1", tmp_path / "k", "ns", os.getpid(), 1, "http://127.0.0.1:2"
    )
    path = tmp_path / "sandbox" / "state.json"
    path.parent.mkdir()
    SandboxRecord(environment, psutil.Process().create_time() - 100).write(path)
    assert control.read(tmp_path) is None
    assert control.down(tmp_path) is False  # and this process is still here
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"environment": "?"}))
    assert control.read(tmp_path) is None


def test_the_shell_lines_survive_a_home_with_blanks() -> None:
    environment = SandboxEnvironment(
        "http://127.0.0.1:80", Path("/a home/k;ls"), "seakeep-sandbox", 1, 2, "http://127.0.0.1:81"
    )
    environment = replace(environment, toxiproxy_url="http://127.0.0.1:82")
    script = "\n".join([*environment.lines(), "env"])
    out = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    values = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
    assert values["KUBECONFIG"] == "/a home/k;ls"
    assert values["SEAKEEP_PLATFORM"] == "sandbox"
    assert values["SEAKEEP_TOXIPROXY_URL"] == "http://127.0.0.1:82"
    assert values["SEAKEEP_SANDBOX_STORE_PID"] == "2"
    assert all(shlex.split(line)[0] == "export" for line in environment.lines())
