"""What several tests of expectations need."""

from __future__ import annotations

import pytest

from seakeep.probes.expectations import judgment


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have judgments give up after 50 ms, so that tests of it are short."""
    monkeypatch.setattr(judgment, "_PATIENCE_S", 0.05)
