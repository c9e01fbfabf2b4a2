"""Text from a target, made fit to print: no secrets, no control characters, no endless length."""

from __future__ import annotations

import re

from seakeep.redact import redact

__all__ = ["plain"]

# What XML 1.0 forbids (https://www.w3.org/TR/xml/#charsets), lone surrogates, the C1 controls,
# and the bidirectional overrides, which could make a report read otherwise than it is written.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_MASK = "\N{REPLACEMENT CHARACTER}"
_LIMIT = 2000


def plain(text: str, limit: int = _LIMIT) -> str:
    """Return ``text`` with secrets masked, unfit characters replaced, and cut at ``limit``."""
    # Masked before the cut, so that no half of a secret is left at the end.
    fit = _UNFIT.sub(_MASK, redact(text))
    return fit if len(fit) <= limit else fit[: limit - 1] + "…"
