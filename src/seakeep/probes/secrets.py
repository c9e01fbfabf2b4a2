"""Secrets of a check, by the names of their variables."""

from __future__ import annotations

import os

from seakeep.environment import is_text
from seakeep.probes.exchange_errors import SetupError
from seakeep.redact import keep_secret

__all__ = ["secret"]


def secret(name: str) -> str:
    """Return a variable's value, and have it masked from now on wherever it would be shown.

    Raises:
        SetupError: It is not set.
    """
    value = os.environ.get(name)
    if not value:
        raise SetupError(f"request: wanted the environment variable {name}, got none")
    if not is_text(value):
        raise SetupError(
            f"request: wanted text in the environment variable {name}, got other bytes"
        )
    keep_secret(value)
    return value
