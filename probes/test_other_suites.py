"""Checks of all suites without a file of their own, so that none is declared and never run."""

import pytest

from seakeep.pytest_plugin import Declared

pytestmark = pytest.mark.checks(except_suites=("health", "lti", "home"))


def test_check(declared_check: Declared) -> None:
    declared_check.hold()
