"""A visitor gets to the first page."""

import pytest

from seakeep.pytest_plugin import Declared

pytestmark = [pytest.mark.home, pytest.mark.checks(suite="home")]


def test_home(declared_check: Declared) -> None:
    declared_check.hold()
