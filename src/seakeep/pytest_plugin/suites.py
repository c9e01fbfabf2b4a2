"""Suites as markers: those that there always are, and those of the platform's file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from seakeep.platform import Platform

__all__ = ["MARKED_SUITES", "known_suites", "register_suites"]

MARKED_SUITES = {
    "health": "the platform's own account of its health",
    "lti": "the platform as an LTI tool",
    "home": "what a visitor sees first",
    "api": "the platform's programming interface",
}
"""The suites that have a marker of their own, whatever a platform declares."""


def known_suites(platform: Platform) -> set[str]:
    """Return the suites that a test may have: the usual ones, and those of the platform's file."""
    with_defaults = (suite for suite in platform.defaults if suite != "*")
    return {*MARKED_SUITES, *with_defaults, *(check.suite for check in platform.checks)}


def register_suites(config: pytest.Config, platform: Platform) -> None:
    """Register the suites of a platform's file, unless the project says what they are."""
    lines = config.getini("markers")
    there = {line.split(":")[0].split("(")[0].strip() for line in lines}
    for suite in sorted(known_suites(platform) - there):
        config.addinivalue_line("markers", f"{suite}: checks of the suite {suite}")
