"""Keeps secrets out of every log, report, trace and metric.

A secret is the value of an environment variable whose name says so, one that a platform's file
sends in a header, or the user information of a URL. Values shorter than six characters are left
alone: replacing them would garble plain text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

__all__ = ["Redactor", "keep_secret", "redact"]

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


class Redactor:
    """Masks the secrets that are known when it is made; for many texts in a row."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        variables = os.environ if environ is None else environ
        secrets = _kept.union(
            value
            for name, value in variables.items()
            if len(value) >= _MIN_LENGTH and _SECRET_NAME.search(name)
        )
        self._secrets = sorted(secrets, key=len, reverse=True)

    def redact(self, text: str) -> str:
        """Return ``text`` with every known secret masked."""
        text = _USER_INFORMATION.sub(_MASK, text)
        for value in self._secrets:
            text = text.replace(value, _MASK)
        return text


def redact(text: str, environ: Mapping[str, str] | None = None) -> str:
    """Return ``text`` with every known secret masked."""
    return Redactor(environ).redact(text)
