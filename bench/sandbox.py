"""How long the sandbox takes to start, and `pytest probes` to say how it is."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.measure import Figure, environment, time_command
from seakeep.sandbox import control

__all__ = ["run"]

_ROOT = Path(__file__).parent.parent
_STARTS = 5


def run() -> Iterator[Figure]:
    """Yield the sandbox's start, a bare pytest, and pytest with three checks of the sandbox."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        starts = tuple(_start(home) for _ in range(_STARTS))
        yield _seconds("sandbox up (3 pods ready)", starts, 3.0)
        yield from _probes(home)


def _start(home: Path) -> float:
    started = time.perf_counter()
    control.up(home)
    seconds = time.perf_counter() - started
    control.down(home)
    return seconds


def _probes(home: Path) -> Iterator[Figure]:
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    trivial = home / "test_trivial.py"
    trivial.write_text("def test_nothing() -> None:\n    pass\n")
    found = control.up(home)
    env = environment(SEAKEEP_BASE_URL=found.base_url, SEAKEEP_HOME=str(home))
    try:
        bare = time_command([*pytest, "--rootdir", str(home), str(trivial)], env)
        yield Figure("bare pytest, one empty test", bare, "s")
        command = [*pytest, str(_ROOT / "probes"), "--platform", str(_ROOT / "platforms/sandbox")]
        three = "health or lti or home"
        checks = time_command([*command, "-m", three, "-k", "health or config or home"], env)
        yield _seconds("pytest probes, three checks", checks, 1.2)
    finally:
        control.down(home)


def _seconds(name: str, values: tuple[float, ...], aim_s: float) -> Figure:
    reached = sorted(values)[len(values) // 2] < aim_s
    return Figure(name, values, "s", f"< {aim_s:g} s", reached)
