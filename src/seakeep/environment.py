"""What Seakeep takes from the process environment, each variable named once.

Secrets come from the environment too, but by names that ``platform.yaml`` chooses.
"""

from __future__ import annotations

import math
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from seakeep.errors import UsageError

__all__ = [
    "ALLOW_PRODUCTION",
    "CHROMIUM",
    "DURATION_SCALE",
    "HOME",
    "LOCATION",
    "PLATFORM",
    "PROMETHEUS",
    "PROMETHEUS_TOKEN",
    "PUSHGATEWAY",
    "RUN_ID",
    "TEXTFILE",
    "TOXIPROXY",
    "allows_production",
    "duration_scale",
    "home",
    "is_text",
    "location",
    "new_run_id",
    "prometheus",
    "prometheus_token",
    "pushgateway",
    "run_id",
    "textfile",
    "toxiproxy",
]

HOME = "SEAKEEP_HOME"
PLATFORM = "SEAKEEP_PLATFORM"
PROMETHEUS = "SEAKEEP_PROMETHEUS"
PROMETHEUS_TOKEN = "SEAKEEP_PROMETHEUS_TOKEN"  # noqa: S105 - the variable's name
PUSHGATEWAY = "SEAKEEP_PUSHGATEWAY"
TEXTFILE = "SEAKEEP_TEXTFILE"
TOXIPROXY = "SEAKEEP_TOXIPROXY_URL"
LOCATION = "SEAKEEP_LOCATION"
RUN_ID = "SEAKEEP_RUN_ID"
CHROMIUM = "SEAKEEP_CHROMIUM"
DURATION_SCALE = "SEAKEEP_DURATION_SCALE"
"""What the durations of all faults are multiplied by, so that a CI can run every experiment."""

ALLOW_PRODUCTION = "SEAKEEP_ALLOW_PRODUCTION"
"""When ``1``, this run may load and break a production platform."""


def is_text(value: str) -> bool:
    """Return whether a variable's bytes were UTF-8; Python keeps others as lone surrogates.

    https://docs.python.org/3/library/os.html#file-names-command-line-arguments-and-environment-variables
    """
    return not any("\ud800" <= character <= "\udfff" for character in value)


def allows_production() -> bool:
    """Return whether load and chaos were told, for this run, that they may touch production."""
    return os.environ.get(ALLOW_PRODUCTION) == "1"


def duration_scale() -> float:
    """Return what the durations of faults are multiplied by: ``$SEAKEEP_DURATION_SCALE``, else 1.

    Raises:
        UsageError: It is not a number above 0.
    """
    text = os.environ.get(DURATION_SCALE) or "1"
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise UsageError(f"{DURATION_SCALE}: found {text!r}; wanted a number above 0, such as 0.1")
    return scale


def home() -> Path:
    """Return the folder of the store and the ledger: ``$SEAKEEP_HOME``, else ``.seakeep``."""
    return Path(os.environ.get(HOME) or ".seakeep").absolute()


def location() -> str:
    """Return where this observer stands: ``$SEAKEEP_LOCATION``, else ``local``."""
    return os.environ.get(LOCATION) or "local"


def pushgateway() -> str | None:
    """Return the Pushgateway's URL, or ``None`` when results are not pushed."""
    return os.environ.get(PUSHGATEWAY) or None


def textfile() -> str | None:
    """Return the file or folder for the node exporter, or ``None`` when there is none to write."""
    return os.environ.get(TEXTFILE) or None


def toxiproxy() -> str | None:
    """Return the URL of Toxiproxy's HTTP API, or ``None`` when it was not said."""
    return os.environ.get(TOXIPROXY) or None


def prometheus() -> str | None:
    """Return the URL of the Prometheus that PromQL objectives ask unless they name their own."""
    return os.environ.get(PROMETHEUS) or None


def prometheus_token() -> str | None:
    """Return the bearer token for the server of ``$SEAKEEP_PROMETHEUS``, and for no other."""
    return os.environ.get(PROMETHEUS_TOKEN) or None


def new_run_id() -> str:
    """Return a fresh run id that sorts by time, such as ``20260131T101500-3fa2``."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def run_id() -> str:
    """Return the run this process belongs to, and let its children belong to it too."""
    return os.environ.setdefault(RUN_ID, new_run_id())
