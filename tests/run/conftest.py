"""A project per test, with nothing of it left afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.harness import Harness, make_harness


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    yield from made(make_harness(tmp_path))


@pytest.fixture
def whole(tmp_path: Path) -> Iterator[Harness]:
    """The same with every scenario of the sandbox."""
    yield from made(make_harness(tmp_path, all_load=True))


def made(harness: Harness) -> Iterator[Harness]:
    yield harness
    for process in harness.processes():  # only where a test failed
        process.kill()
