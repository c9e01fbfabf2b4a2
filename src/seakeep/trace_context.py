"""W3C Trace Context: ties each request to the platform's own traces and logs."""

from __future__ import annotations

import random
import secrets

__all__ = ["Traceparents", "new_trace_id", "traceparent"]


def new_trace_id() -> str:
    """Return a fresh trace id of 32 hexadecimal digits, not all of them zero."""
    return f"{secrets.randbits(128) or 1:032x}"


def traceparent(trace_id: str) -> str:
    """Return a ``traceparent`` header, sampled: https://www.w3.org/TR/trace-context/#traceparent-header."""
    return f"00-{trace_id}-{secrets.randbits(64) or 1:016x}-01"


class Traceparents:
    """Draws ``traceparent`` headers at a tenth of the cost, for those who need thousands a second.

    What it draws is unique, but not secret: it need not be. One that is copied by a fork draws the
    same as its copy.
    """

    def __init__(self) -> None:
        """Start from a seed of the operating system."""
        self._bits = random.Random().getrandbits  # noqa: S311 - no secret

    def next(self) -> str:
        """Return a header with a fresh trace id, sampled."""
        return f"00-{self._bits(128) or 1:032x}-{self._bits(64) or 1:016x}-01"
