"""W3C Trace Context: ties each request to the platform's own traces and logs."""

from __future__ import annotations

import secrets

__all__ = ["new_trace_id", "traceparent"]


def new_trace_id() -> str:
    """Return a fresh trace id of 32 hexadecimal digits, not all of them zero."""
    return f"{secrets.randbits(128) or 1:032x}"


def traceparent(trace_id: str) -> str:
    """Return a ``traceparent`` header, sampled: https://www.w3.org/TR/trace-context/#traceparent-header."""
    return f"00-{trace_id}-{secrets.randbits(64) or 1:016x}-01"
