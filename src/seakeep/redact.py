"""Keeps secrets out of every log, report, trace and metric.

A secret is the value of an environment variable whose name says so, one that a platform's file
sends in a header, the user information of a URL, or a parameter of it that is named like a secret,
such as ``?access_token=``. Values of variables shorter than six characters are left alone:
replacing them would garble plain text.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Mapping
from functools import lru_cache

__all__ = ["Redactor", "is_secret_header", "keep_secret", "redact"]

_SECRET_NAME = re.compile(
    r"TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL|API_?KEY|PRIVATE_?KEY"
    r"|._(?:KEY|PASS|PIN|PWD|WORD)$",
    re.IGNORECASE,
)
_SECRET_HEADER = re.compile(r"auth|cookie|token|secret|key|password", re.IGNORECASE)
# Up to the last @ of the authority: a password may well have one that is not escaped.
_USER_INFORMATION = re.compile(r"(?<=://)[^/?#\s]+(?=@)")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
"""What every encoding leaves as it is."""
_ALSO = {" ": ("+",), "/": ("\\/",)}
"""What forms write, and what JSON may."""
_PARAMETER = re.compile(r"(?<=[?&#])([\w.-]{1,64}=)[^&#\s\"'<>]+", re.ASCII)
_MASK = "***"
_MIN_LENGTH = 6
_kept: set[str] = set()


def keep_secret(value: str) -> None:
    """Have every later `redact` of this process mask a value, whatever its variable's name."""
    if len(value) >= _MIN_LENGTH:
        _kept.add(value)


def is_secret_header(name: str) -> bool:
    """Return whether a header of this name carries a secret, wherever its value comes from."""
    return _SECRET_HEADER.search(name) is not None


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
        """Return ``text`` with every known secret masked, also as URLs, JSON and HTML have it."""
        text = _PARAMETER.sub(_shown, _USER_INFORMATION.sub(_MASK, text))
        for value in self._secrets:
            text = text.replace(value, _MASK)
            if not _PLAIN.fullmatch(value):
                text = _encoded(value).sub(_MASK, text)
        return text


def _shown(parameter: re.Match[str]) -> str:
    name = parameter.group(1)
    return f"{name}{_MASK}" if _SECRET_NAME.search(name) else parameter.group()


@lru_cache(maxsize=256)
def _encoded(value: str) -> re.Pattern[str]:
    """Return a pattern for a value of which any character may be encoded, or not."""
    return re.compile("".join(_ways_to_write(character) for character in value))


def _ways_to_write(character: str) -> str:
    if _PLAIN.fullmatch(character):
        return character
    percent = "".join(f"%{byte:02x}" for byte in character.encode("utf-8", "surrogatepass"))
    escaped = json.dumps(character)[1:-1], html.escape(character), *_ALSO.get(character, ())
    ways = sorted({character, percent, percent.upper(), *escaped}, key=len, reverse=True)
    return f"(?>{'|'.join(map(re.escape, ways))})"  # never goes back: linear


def redact(text: str, environ: Mapping[str, str] | None = None) -> str:
    """Return ``text`` with every known secret masked."""
    return Redactor(environ).redact(text)
