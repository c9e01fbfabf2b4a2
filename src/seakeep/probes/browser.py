"""Which Chromium journeys run in, and how it is started."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seakeep import environment
from seakeep.errors import UsageError

__all__ = ["QUIET_FLAGS", "find_chromium", "launch_arguments"]

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

QUIET_FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
)
"""No request but the journey's own, and always over TCP, which faults can reach."""


def find_chromium(own: str) -> str:
    """Return the path of Chromium: the one that was chosen, Playwright's own, or the system's.

    Args:
        own: Where Playwright would have its own.

    Raises:
        UsageError: There is none.
    """
    chosen = os.environ.get(environment.CHROMIUM)
    if chosen:
        if not Path(chosen).is_file():
            raise UsageError(f"no browser: {environment.CHROMIUM} is {chosen}, wanted a file")
        return chosen
    found = [own] if Path(own).is_file() else [shutil.which(name) for name in SYSTEM_NAMES]
    path = next((path for path in found if path), None)
    if path is None:
        raise UsageError(
            f"no browser: wanted {environment.CHROMIUM}, 'playwright install chromium', or one of "
            f"{', '.join(SYSTEM_NAMES)} on the PATH"
        )
    return path


def launch_arguments(given: Mapping[str, Any], own: str) -> dict[str, Any]:
    """Return Playwright's launch arguments with our browser and flags added.

    The sandbox of Chromium stays on, except for root, who can't have it.

    Args:
        given: What pytest-playwright's options ask for; it wins.
        own: Where Playwright would have its own Chromium.

    Raises:
        UsageError: There is no Chromium.
    """
    ours: dict[str, Any] = {"chromium_sandbox": os.geteuid() != 0}
    if "channel" not in given and "executable_path" not in given:
        ours["executable_path"] = find_chromium(own)
    return {**ours, **given, "args": [*QUIET_FLAGS, *given.get("args", ())]}
