"""What Seakeep adds to pytest's command line and markers, and when pytest-playwright is loaded."""

from __future__ import annotations

import os

import pytest

from seakeep import environment
from seakeep.pytest_plugin.suites import MARKED_SUITES
from seakeep.pytest_plugin.watched import (
    is_about_probes,
    read_early,
    read_platform,
    refuse_on_problem,
)

__all__ = ["pytest_addoption", "pytest_configure", "pytest_sessionstart"]

_MARKERS = (
    "checks(suite=None, except_suites=()): the platform's declared checks of these suites",
    *(f"{suite}: {meaning}" for suite, meaning in MARKED_SUITES.items()),
    "journey: a walk through the platform in a browser",
)
_PLAYWRIGHT = "pytest_playwright.pytest_playwright"
_PYTEST_CHECK = "check"
"""pytest-check's name among plugins; it has a fixture ``check`` of its own, and keeps it."""


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add ``--platform``, and load pytest-playwright where the project leaves that to Seakeep."""
    parser.getgroup("seakeep", "Seakeep").addoption(
        "--platform",
        metavar="NAME|PATH",
        help=f"a name under platforms/, or a path (default: ${environment.PLATFORM})",
    )
    if pluginmanager.is_blocked("playwright"):
        _load_playwright_if_needed(pluginmanager)


def _load_playwright_if_needed(pluginmanager: pytest.PytestPluginManager) -> None:
    """Import pytest-playwright, some 0.2 s, unless the arguments rule journeys out.

    A project asks for this by ``-p no:playwright`` in its addopts; on the command line, the same
    option means what it says. Here is the last moment at which its options and hooks all work.
    """
    from seakeep.probes.selection import may_need_playwright  # noqa: PLC0415

    config = pluginmanager.get_plugin("pytestconfig")
    arguments = [str(argument) for argument in config.invocation_params.args] if config else []
    if "no:playwright" in arguments or "-pno:playwright" in arguments:
        return
    if may_need_playwright(arguments):
        pluginmanager.import_plugin(_PLAYWRIGHT)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and read the platform when the command line asks for it."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    if not config.pluginmanager.has_plugin(_PYTEST_CHECK):
        from seakeep.pytest_plugin import check_fixture  # noqa: PLC0415

        config.pluginmanager.register(check_fixture, "seakeep check")
    if config.getoption("--platform"):
        read_platform(config)
        refuse_on_problem(config)
    elif os.environ.get(environment.PLATFORM) and is_about_probes(config):
        read_early(config)


@pytest.hookimpl(trylast=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Let Seakeep's choice of browser override pytest-playwright's, which was there before."""
    manager = session.config.pluginmanager
    if manager.has_plugin(_PLAYWRIGHT) or manager.has_plugin("playwright"):
        manager.import_plugin("seakeep.probes.browser_fixtures")
