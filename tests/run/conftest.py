"""A project per test, with nothing of it left afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.harness import Harness, make_harness


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[Harness]:
    made = make_harness(tmp_path)
    yield made
    for process in made.processes():  # only where a test failed
        process.kill()
