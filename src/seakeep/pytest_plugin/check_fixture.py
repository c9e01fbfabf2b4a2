"""The fixture ``check``, a plugin of its own: it stays out of the way of pytest-check's."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from seakeep.pytest_plugin.checker import Checker
from seakeep.pytest_plugin.judging import expect_judgement
from seakeep.pytest_plugin.looking import session_of

__all__ = ["check"]


@pytest.fixture
def check(request: pytest.FixtureRequest) -> Generator[Checker]:
    """Sends requests of your own: ``check.get("/orders").expect(status=200)``."""
    checker = Checker(session_of(request.config), request.node)
    expect_judgement(request.node, checker)
    yield checker
    checker.settle()
