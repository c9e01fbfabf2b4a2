"""Text from outside, made fit to show: no secrets, no control characters, no endless length."""

from __future__ import annotations

import re

from seakeep.redact import redact

__all__ = ["one_line", "plain"]

# What XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets), lone surrogates, all controls but
# tab and line feed, among them ESC, which terminals obey, and what separates or reverses lines
# unseen (https://www.unicode.org/reports/tr9/), which could make a report read otherwise than it
# is written.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ud800-\udfff\ufffe\uffff]"
)
_MASK = "\N{REPLACEMENT CHARACTER}"
_LIMIT = 2000
_MOST = 16 * 1024
"""Characters that are looked at for one line."""


def plain(text: str, limit: int = _LIMIT) -> str:
    """Return ``text`` with secrets masked, unfit characters replaced, and cut at ``limit``."""
    # Masked before the cut, so that no half of a secret is left at the end.
    shown = redact(text).replace("\r\n", "\n").replace("\r", "\n")
    fit = _UNFIT.sub(_MASK, shown[: limit + 1])
    return fit if len(fit) <= limit else fit[: limit - 1] + "…"


def one_line(text: str, limit: int = 200) -> str:
    """Return ``text`` as one short line: secrets masked, unfit characters and breaks are spaces."""
    line = " ".join(_UNFIT.sub(" ", redact(text)[:_MOST]).split())
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
