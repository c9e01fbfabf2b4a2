"""Keeps secrets out of every log, report, trace and metric.

A secret is the value of an environment variable whose name says so, one that a platform's file
sends in a header, or the user information of a URL. Values shorter than six characters are left
alone: replacing them would garble plain text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

__all__ = ["keep_secret", "redact"]

_SECRET_NAME = re.compile(
    r"(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|API_?KEY|PRIVATE_?KEY)", re.IGNORECASE
)
# Up to the last @ of the authority: a password may well have one that is not escaped.
_USER_INFORMATION = re.compile(r"(?<=://)[^/?#\s]+(?=@)")
_MASK = "***"
_MIN_LENGTH = 6
_kept: set[str] = set()


def keep_secret(value: str) -> None:
    """Have every later `redact` of this process mask a value, whatever its variable's name."""
    if len(value) >= _MIN_LENGTH:
        _kept.add(value)


def redact(text: str, environ: Mapping[str, str] | None = None) -> str:
    """Return ``text`` with every known secret masked."""
    variables = os.environ if environ is None else environ
    text = _USER_INFORMATION.sub(_MASK, text)
    secrets = _kept.union(
        value
        for name, value in variables.items()
        if len(value) >= _MIN_LENGTH and _SECRET_NAME.search(name)
    )
    for value in sorted(secrets, key=len, reverse=True):
        text = text.replace(value, _MASK)
    return text
