"""Memory counts as exhausted where nothing can be reclaimed, be it of the machine or of a group."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from seakeep.causes import Cause
from seakeep.observation import Outcome
from seakeep.probes.fitness import Exchange, Tick
from seakeep.probes.fitness.memory import Memory

MIB = 1024 * 1024


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with plenty of memory, and this process in a group of a limited one."""
    group = tmp_path / "sys/fs/cgroup/pod/box"
    group.mkdir(parents=True)
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text("0::/pod/box\n")
    (tmp_path / "proc/meminfo").write_text("MemTotal: 8000000 kB\nMemAvailable: 4000000 kB\n")
    (group / "memory.max").write_text("max\n")
    (group.parent / "memory.max").write_text(f"{100 * MIB}\n")
    (group.parent / "memory.current").write_text(f"{50 * MIB}\n")
    return tmp_path


def said(root: Path, cause: str = Cause.TIMEOUT_READ) -> str:
    memory, began_s = Memory(root), time.perf_counter()
    memory.sample(Tick.now())
    found = memory.unfit(
        Exchange(began_s=began_s, ended_s=time.perf_counter(), outcome=Outcome.BAD, cause=cause)
    )
    assert found is None or found.cause is Cause.OBSERVER_MEMORY
    return found.message if found else ""


def test_enough_memory_is_no_reason(root: Path) -> None:
    assert said(root) == ""


def test_a_machine_without_memory_is_unfit(root: Path) -> None:
    (root / "proc/meminfo").write_text("MemTotal: 8388608 kB\nMemAvailable: 2048 kB\n")
    assert said(root) == "memory: wanted 16 MiB to be left, got 2 MiB of 8192 MiB"
    assert said(root, Cause.STATUS) == ""


def test_a_group_above_ours_that_is_full_makes_us_unfit(root: Path) -> None:
    (root / "sys/fs/cgroup/pod/memory.current").write_text(f"{98 * MIB}\n")
    assert said(root) == "memory: wanted 16 MiB to be left, got 2 MiB of 100 MiB"


def test_a_group_that_is_full_of_cached_files_has_memory_left(root: Path) -> None:
    (root / "sys/fs/cgroup/pod/memory.current").write_text(f"{100 * MIB}\n")
    (root / "sys/fs/cgroup/pod/memory.stat").write_text(f"anon 1\ninactive_file {60 * MIB}\n")
    assert said(root) == ""


def test_where_nothing_can_be_read_nothing_is_said(tmp_path: Path) -> None:
    assert said(tmp_path) == ""
