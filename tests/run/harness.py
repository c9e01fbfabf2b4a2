"""A project of its own around the sandbox, `seakeep run` as a process, and what it left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from seakeep.run.init import template_folder

START_TIMEOUT_S = 60.0
PLATFORM = "platforms/sandbox/platform.yaml"
PARTS = ("conftest.py", "probes", "load", "chaos", "platforms")


@dataclass(frozen=True, slots=True)
class Harness:
    """A project in a folder of its own.

    Attributes:
        root: The project; its store is in ``home``.
        pids: The processes that were started.
    """

    root: Path
    pids: list[int] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SEAKEEP_", "KUBECONFIG"))}
        return kept | {"SEAKEEP_HOME": str(self.home), "SEAKEEP_PLATFORM": "sandbox"}

    @contextmanager
    def started(self, *arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
        """Start ``seakeep`` with arguments; end it, should the test not have done so."""
        command = [sys.executable, "-m", "seakeep.cli", *arguments]
        with subprocess.Popen(
            command,
            cwd=self.root,
            env=self.environment | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            self.pids.append(process.pid)
            try:
                yield process
            finally:
                process.kill()

    def seakeep(self, *arguments: str, **more: str) -> tuple[int, str]:
        """Run ``seakeep`` to its end; returns its exit code and all that it said."""
        with self.started(*arguments, **more) as process:
            said, _ = process.communicate(timeout=150)
            return process.returncode, said

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace pieces of a file, each of which must be there."""
        path = self.root / file
        text = path.read_text()
        for old, new in changes:
            assert old in text, f"{old!r} is not in {file}"
            text = text.replace(old, new)
        path.write_text(text)

    def drop(self, file: str, start: str, end: str | None = None) -> None:
        """Leave out of a file what stands from one piece up to another, or to the end."""
        path = self.root / file
        head, _, rest = path.read_text().partition(start)
        tail = rest[rest.index(end) :] if end else ""
        path.write_text(head + tail)

    def processes(self) -> list[psutil.Process]:
        """Return every process whose environment names this project's home, zombies apart."""
        return [p for p in psutil.process_iter() if _belongs(p, str(self.home))]

    def nothing_is_left(self, timeout_s: float = 10.0) -> bool:
        """Return whether no process and no temporary file remains, at the latest by the timeout."""
        deadline = time.monotonic() + timeout_s
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        left = [f"{p.pid} {' '.join(p.cmdline())}" for p in self.processes()]
        left += [
            str(path)
            for pid in self.pids
            for path in Path(tempfile.gettempdir()).glob(f"seakeep-{pid}-*")
        ]
        left += [str(path) for path in (self.home / "sandbox").glob("*.json")]
        assert not left, left
        return True


def make_harness(folder: Path, *, all_load: bool = False) -> Harness:
    """Copy the suites into a folder, with load cut short: that of one scenario, unless all."""
    for part in PARTS:
        source = template_folder() / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / part)
    harness = Harness(folder)
    shorter = (
        ("duration: 10s", "duration: 3s"),
        ("duration: 8s", "duration: 2s"),
        ("people: 120, within: 8s", "people: 20, within: 1s"),
        ("SEAKEEP_DURATION_SCALE: 0.1", "SEAKEEP_DURATION_SCALE: 0.03"),
    )
    harness.change(PLATFORM, *shorter)
    if not all_load:
        harness.drop(PLATFORM, "  - name: work", "# Chaos Toolkit experiments")
    return harness


def wait_for_line(process: subprocess.Popen[str], piece: str) -> str:
    """Read the process's lines until one holds ``piece``; fails when it ends before."""
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if piece in line:
            return line
    raise AssertionError(f"{piece!r} was never said; this was: {''.join(said)}")


def _belongs(process: psutil.Process, home: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.environ().get("SEAKEEP_HOME", "").startswith(home)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False
