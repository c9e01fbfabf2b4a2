"""The platform's LTI configuration is what a learning management system can install."""

import pytest

from seakeep.pytest_plugin import Declared

pytestmark = [pytest.mark.lti, pytest.mark.checks(suite="lti")]


def test_lti_config(declared_check: Declared) -> None:
    declared_check.hold()
