"""The platform answers for its own health."""

import pytest

from seakeep.pytest_plugin import Declared

pytestmark = [pytest.mark.health, pytest.mark.checks(suite="health")]


def test_health(declared_check: Declared) -> None:
    declared_check.hold()
