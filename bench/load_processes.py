"""The processes of the load benchmarks: targets, and what loads them.

Where there are two cores, targets have the first and what is measured has the last, alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.measure import environment

__all__ = [
    "Log",
    "Nginx",
    "Target",
    "busy_s",
    "ended",
    "find",
    "locust",
    "nginx",
    "started",
    "target",
]

_CORES = sorted(os.sched_getaffinity(0))
TARGETS, MEASURED = _CORES[0], _CORES[-1]
_UNPACKED = Path(__file__).parents[1] / ".tools" / "bin"
_DEADLINE_S = 10.0
_NOTHING: Mapping[str, str] = {}
_STOP_S = 15.0
_NGINX = """
daemon off; pid {folder}/nginx.pid; worker_processes 1; {user} error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 1h; tcp_nodelay on;
  client_body_temp_path {folder}/t; proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t;
  uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t; open_file_cache max=10;
  server {{
    listen 127.0.0.1:{port} backlog=4096; root {folder};
    location = /status {{ stub_status; }}
  }}
}}
"""
_PAGE_BYTES = 612  # as long as the page that nginx comes with


@dataclass(frozen=True, slots=True)
class Log:
    """What `bench.load_server` notes; all in Unix time.

    Attributes:
        read: When it had read each request, in the order in which it did.
        answered: When it had answered each.
        frozen: From when to when it was frozen, if it was.
    """

    read: tuple[float, ...]
    answered: tuple[float, ...]
    frozen: tuple[float, float] | None


class Target:
    """A running `bench.load_server`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        assert process.stdout
        self.url = f"http://127.0.0.1:{int(process.stdout.readline())}"

    def end(self) -> Log:
        """End it, and return its log."""
        said, _ = self._process.communicate()
        log = json.loads(said)
        frozen = tuple(log["frozen"]) if log["frozen"] else None
        return Log(tuple(log["read"]), tuple(log["answered"]), frozen)


@contextmanager
def target(freeze_after_s: float = 0.0, freeze_s: float = 0.0) -> Iterator[Target]:
    """Run a target that logs, and freezes so long after its first request."""
    command = [sys.executable, "-m", "bench.load_server", str(freeze_after_s), str(freeze_s)]
    with subprocess.Popen(
        on(TARGETS, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Target(process)
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Nginx:
    """A running nginx with one worker and one small page."""

    url: str

    def served(self) -> int:
        """Return how many requests it has served, these questions included."""
        with urllib.request.urlopen(f"{self.url}/status") as answer:
            found = re.search(r"\n (\d+) (\d+) (\d+) ", answer.read().decode())
        assert found
        return int(found[3])


@contextmanager
def nginx(folder: Path) -> Iterator[Nginx]:
    """Run Debian's nginx, with its files in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    user = "user root;" if os.geteuid() == 0 else ""  # else its worker can't read the folder
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("x" * _PAGE_BYTES)
    config = folder / "nginx.conf"
    config.write_text(_NGINX.format(folder=folder, port=port, user=user))
    command = [find("nginx"), "-p", str(folder), "-c", str(config), "-e", "stderr"]
    with subprocess.Popen(on(TARGETS, command)) as process:
        try:
            server = Nginx(f"http://127.0.0.1:{port}")
            _wait_for(server, process)
            yield server
        finally:
            process.terminate()


def _wait_for(server: Nginx, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _DEADLINE_S
    while True:
        try:
            server.served()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("nginx does not start") from None
            time.sleep(0.02)
        else:
            return


def find(program: str) -> str:
    """Return the path of a program that ``script/setup bench`` unpacks.

    Raises:
        RuntimeError: It is not there.
    """
    path = os.pathsep.join((str(_UNPACKED), os.environ.get("PATH", os.defpath), "/usr/sbin"))
    found = shutil.which(program, path=path)
    if found is None:
        raise RuntimeError(f"no {program}: run script/setup bench")
    return found


def locust(file: Path, *flags: str) -> list[str]:
    """Return the command of a headless Locust."""
    return [sys.executable, "-m", "locust", "-f", str(file), "--headless", "--only-summary", *flags]


@contextmanager
def started(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str] = _NOTHING,
    *,
    core: int | None = MEASURED,
) -> Iterator[subprocess.Popen[Any]]:
    """Run what loads, in a folder, on a core; what it says is in ``output.txt`` there."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            on(core, command),
            cwd=folder,
            env=environment(**environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
        _stop(process)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _stop(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)


def ended(process: subprocess.Popen[Any], folder: Path, within_s: float) -> None:
    """Wait until a load run ends by itself, well or with a verdict that is not good.

    Raises:
        RuntimeError: It could not run.
    """
    code, said = process.wait(within_s), (folder / "output.txt").read_text()
    if code not in {0, 1} or "Traceback" in said:  # 1 is Python's code for it, too
        raise RuntimeError(said[-3000:])


def busy_s() -> float:
    """Return for how long the core of what is measured has been busy so far.

    Not the process's own CPU: what the kernel does for it on loopback is in nobody's account.
    """
    times = psutil.cpu_times(percpu=True)[MEASURED]
    return float(sum(times[:8]) - times.idle - times.iowait)  # the last two are in user and nice


def on(core: int | None, command: Sequence[str]) -> list[str]:
    """Return a command that runs another on one core, as the same process."""
    return [*(() if core is None else ("taskset", "--cpu-list", str(core))), *command]
