"""When an account of health says that it was true."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from seakeep.health.form import Document
from seakeep.plain import one_line

__all__ = ["parse_timestamp", "timestamp", "unstamped"]

_WANTED = "a time in ISO 8601 with Z or an offset, or seconds or milliseconds since 1970"
_ISO = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d{1,12})?(?:[Zz]|[+-]\d\d:?\d\d)", re.ASCII
)
"""RFC 3339, https://www.rfc-editor.org/rfc/rfc3339#section-5.6, and offsets without a colon."""
_FIRST_MS = 1e11
"""From here on a number counts milliseconds: as seconds, it would be in the year 5138."""
_END_MS = 1e14


def timestamp(document: Document) -> datetime | None:
    """Return the time under ``timestamp``.

    Raises:
        ValueError: There is none that can be read.
    """
    return parse_timestamp(document.get("timestamp"), "timestamp")


def unstamped(_document: Document) -> datetime | None:
    """Return ``None``: the contract has no time."""
    return None


def parse_timestamp(value: object, where: str) -> datetime:
    """Return an aware time.

    Args:
        value: Text in ISO 8601 with its offset, or the seconds or milliseconds since 1970.
        where: The key it stands under, for the message.

    Raises:
        ValueError: It is none of these. A time without its offset could be any of 26 hours.
    """
    try:
        if isinstance(value, str) and _ISO.fullmatch(value):
            return datetime.fromisoformat(value.upper())
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _END_MS:
            return datetime.fromtimestamp(value / (1000 if value >= _FIRST_MS else 1), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    got = one_line(value, 60) if isinstance(value, str) else type(value).__name__
    raise ValueError(f"{where}: {_WANTED}, got {'nothing' if value is None else got}")
