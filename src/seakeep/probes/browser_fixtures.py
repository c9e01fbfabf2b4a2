"""Fixtures that override pytest-playwright's: registered after it, and so asked first.

They do something only where a platform is named, by ``--platform`` or the environment.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from seakeep import environment
from seakeep.platform_file import load_platform
from seakeep.probes.browser import launch_arguments

if TYPE_CHECKING:
    from playwright.sync_api import BrowserType


@pytest.fixture(scope="session")
def base_url(pytestconfig: pytest.Config) -> str | None:
    """Give ``page.goto("/")`` the platform's address, unless ``--base-url`` says otherwise."""
    chosen = pytestconfig.getoption("base_url") or pytestconfig.getini("base_url")
    if chosen or not _platform_name(pytestconfig):
        return str(chosen) if chosen else None
    return load_platform(_platform_name(pytestconfig)).base_url


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
    browser_type: BrowserType,
    pytestconfig: pytest.Config,
) -> dict[str, Any]:
    """Find Chromium, and keep it quiet."""
    if browser_type.name != "chromium" or not _platform_name(pytestconfig):
        return browser_type_launch_args
    return launch_arguments(browser_type_launch_args, browser_type.executable_path)


def _platform_name(config: pytest.Config) -> str | None:
    return config.getoption("--platform") or os.environ.get(environment.PLATFORM)
