"""Whether an answer forbids, allows, or says nothing of being kept and handed out again.

https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2 has the directives; those of RFC 5861 and
RFC 8246 extend them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from seakeep.causes import Cause, Failure
from seakeep.health.contract import Storing
from seakeep.health.freshness import read_date
from seakeep.health.remark import Finding, Remark
from seakeep.plain import one_line

__all__ = ["storing_remarks"]

_LONGEST = 4096
_DIRECTIVE = re.compile(r'([^\s,;="]+)(?:\s*=\s*("[^"]*"|[^\s,;"]*))?')
_PERMISSIONS = frozenset({"public", "immutable"})
_PERMISSIONS_FOR_A_TIME = frozenset(
    {"max-age", "s-maxage", "stale-while-revalidate", "stale-if-error"}
)


def storing_remarks(headers: Mapping[str, str], wanted: Storing, now: datetime) -> Iterator[Remark]:
    """Yield what is to be said of an answer that may be kept.

    Args:
        headers: The answer's headers, by lower-case name.
        wanted: What the answer must say.
        now: Until when an ``Expires`` is in the past; the answer's ``Date``, or our own time.
    """
    given = headers.get("cache-control", "")[:_LONGEST]
    directives = [(n.lower(), v.strip('"')) for n, v in _DIRECTIVE.findall(given)]
    names = {name for name, _ in directives}
    if "no-store" in names:
        return
    allowed = _permission(directives, names, headers.get("expires"), now)
    got = allowed or (f"Cache-Control: {one_line(given, 80)}" if given else "no Cache-Control")
    if wanted is Storing.MUST_FORBID:
        yield Failure(Cause.CACHEABLE, f"health: wanted Cache-Control: no-store, got {got}")
    elif allowed and wanted is Storing.MAY_BE_SILENT:
        yield Failure(Cause.CACHEABLE, f"health: wanted nothing that allows storing, got {allowed}")
    elif allowed:
        yield Finding(f"it may be stored ({allowed.replace(';', ',')})")
    elif not names & {"no-cache", "max-age", "s-maxage"}:
        yield Finding("nothing forbids storing it (no Cache-Control: no-store)")


def _permission(
    directives: list[tuple[str, str]], names: set[str], expires: str | None, now: datetime
) -> str:
    """Return the header that allows to hand out a kept answer unasked; nothing when none does."""
    if "no-cache" in names:
        return ""
    for name, value in directives:
        if name in _PERMISSIONS or (name in _PERMISSIONS_FOR_A_TIME and _is_positive(value)):
            return f"Cache-Control: {name}{f'={one_line(value, 20)}' if value else ''}"
    until = read_date(expires)
    if until is not None and until > now and not names & {"max-age", "s-maxage"}:
        return f"Expires: {one_line(str(expires), 40)}"
    return ""


def _is_positive(value: str) -> bool:
    return value.isascii() and value.isdigit() and value.strip("0") != ""
