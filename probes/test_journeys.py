"""A visitor gets through the platform in a real browser."""

import pytest

from seakeep.pytest_plugin import Declared

pytestmark = pytest.mark.journey


def test_journey(declared_journey: Declared) -> None:
    declared_journey.hold()
