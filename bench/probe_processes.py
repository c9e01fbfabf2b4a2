"""The processes of the probe benchmark, each on a core of its own where there are two.

What is measured has the last core to itself; the target and the exporter's driver share the first,
so that their cost is in nobody's figures.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import blackbox
from bench.measure import environment
from bench.probe_server import PATTERN

__all__ = ["Server", "drive", "exporter", "look", "target", "write_platform"]

_CORES = sorted(os.sched_getaffinity(0))
_SHARED, _MEASURED = _CORES[0], _CORES[-1]
_START_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves on a port of this machine."""

    pid: int
    port: int

    @property
    def url(self) -> str:
        """Return its address."""
        return f"http://127.0.0.1:{self.port}"

    def cpu_s(self) -> float:
        """Return the CPU seconds that it has used."""
        return blackbox.cpu_s(self.pid)


@contextmanager
def target(delay_ms: float = 0.0) -> Iterator[Server]:
    """Run the target: `bench.probe_server`, which takes so long for each answer."""
    command = [sys.executable, "-m", "bench.probe_server", str(delay_ms)]
    with subprocess.Popen(
        _on(_SHARED, command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Server(process.pid, int(process.stdout.readline()))
        process.stdin.close()


@contextmanager
def exporter(folder: Path) -> Iterator[Server]:
    """Run the blackbox exporter, with its configuration in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = blackbox.command(folder, PATTERN, port)
    with subprocess.Popen(_on(_MEASURED, command)) as process:
        try:
            _wait_for(port, process)
            yield Server(process.pid, port)
        finally:
            process.terminate()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_TIMEOUT_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the blackbox exporter does not start") from None
            time.sleep(0.02)
        else:
            return


def drive(
    through: Server, at: Server, paths: Iterable[str], concurrency: int = blackbox.CONCURRENCY
) -> dict[str, Any]:
    """Have the exporter probe these paths of a target, and return what `bench.blackbox` prints.

    The CPU seconds, ``cpu_s``, are the exporter's alone.
    """
    used = through.cpu_s()
    command = ["-m", "bench.blackbox", str(through.port), str(concurrency)]
    figures = _python(command, _SHARED, "\n".join(at.url + path for path in paths))
    return figures | {"cpu_s": through.cpu_s() - used}


def look(platform: Path, **wanted: object) -> dict[str, Any]:
    """Have Seakeep run a platform's checks, and return what `bench.probe_worker` prints."""
    return _python(["-m", "bench.probe_worker", str(platform), json.dumps(wanted)], _MEASURED)


def _python(arguments: Sequence[str], core: int, text: str = "") -> dict[str, Any]:
    ended = subprocess.run(
        _on(core, [sys.executable, *arguments]),
        env=environment(),
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(arguments[:2])}: {ended.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def write_platform(folder: Path, url: str, paths: Iterable[str]) -> Path:
    """Write a platform with a check of each path, status and body, and return its folder."""
    expect = f"{{status: 200, body_matches: ['{PATTERN}']}}"
    lines = ["name: bench", "environment: development", f"base_url: {url}", "checks:"]
    for number, path in enumerate(paths):
        lines.append(f"  - name: check-{number}")
        lines.append(f"    suite: api\n    path: {path}\n    timeout: 5s\n    expect: {expect}")
    folder.mkdir(parents=True)
    (folder / "platform.yaml").write_text("\n".join(lines) + "\n")
    return folder


def _on(core: int, command: Sequence[str]) -> list[str]:
    """Return a command that runs another on one core, as the same process."""
    return ["taskset", "--cpu-list", str(core), *command]
