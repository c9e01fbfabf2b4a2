"""What Seakeep takes from the process environment, each variable named once.

Secrets come from the environment too, but by names that ``platform.yaml`` chooses.
"""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

__all__ = [
    "CHROMIUM",
    "HOME",
    "LOCATION",
    "PLATFORM",
    "PUSHGATEWAY",
    "RUN_ID",
    "home",
    "location",
    "new_run_id",
    "pushgateway",
    "run_id",
]

HOME = "SEAKEEP_HOME"
PLATFORM = "SEAKEEP_PLATFORM"
PUSHGATEWAY = "SEAKEEP_PUSHGATEWAY"
LOCATION = "SEAKEEP_LOCATION"
RUN_ID = "SEAKEEP_RUN_ID"
CHROMIUM = "SEAKEEP_CHROMIUM"


def home() -> Path:
    """Return the folder of the store and the ledger: ``$SEAKEEP_HOME``, else ``.seakeep``."""
    return Path(os.environ.get(HOME) or ".seakeep").absolute()


def location() -> str:
    """Return where this observer stands: ``$SEAKEEP_LOCATION``, else ``local``."""
    return os.environ.get(LOCATION) or "local"


def pushgateway() -> str | None:
    """Return the Pushgateway's URL, or ``None`` when results are not pushed."""
    return os.environ.get(PUSHGATEWAY) or None


def new_run_id() -> str:
    """Return a fresh run id that sorts by time, such as ``20260131T101500-3fa2``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def run_id() -> str:
    """Return the run this process belongs to, and let its children belong to it too."""
    return os.environ.setdefault(RUN_ID, new_run_id())
