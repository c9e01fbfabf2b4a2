"""An observer that lacks a processor or descriptors for real knows it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

OBSERVER = Path(__file__).with_name("observer_in_need.py")


def said_by_one_in_need_of(what: str) -> list[str]:
    ended = subprocess.run(
        [sys.executable, str(OBSERVER), what],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout.splitlines()


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(), reason="this kernel does not count run-queue delay"
)
def test_a_loop_that_is_late_for_want_of_a_processor_says_so() -> None:
    (said,) = said_by_one_in_need_of("processor")
    assert "observer-cpu" in said
    assert "without a processor" in said


def test_an_observer_without_descriptors_can_not_tell_a_dead_name_but_a_wrong_status() -> None:
    before, dns, status, refused, after = said_by_one_in_need_of("descriptors")
    assert before == after == status == refused == "None"
    assert "observer-descriptors" in dns
    assert "file descriptors: wanted 8 to be left, got" in dns
    assert "of 64 (ulimit -n)" in dns
