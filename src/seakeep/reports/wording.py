"""Numbers as a person reads them; a number never looks better than it is."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from seakeep.duration import format_duration

__all__ = ["clock", "count", "instant", "iso", "percent", "rate", "seconds", "span"]


def percent(share: float) -> str:
    """Return a share as a percentage; only a whole share reads ``100%``, only none ``0%``."""
    value = share * 100
    if 99 <= value < 100:
        decimals = 3 if value >= 99.9 else 2
        # Rounded down: 99.9996% is not 100%.
        text = f"{math.floor(value * 10**decimals + 1e-6) / 10**decimals:.{decimals}f}"
    elif 0 < value < 1:
        text = f"{value:.2g}"
    else:
        text = f"{value:.1f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "%"


def seconds(duration_s: float) -> str:
    """Return a latency in three digits or so: ``4.2 ms``, ``128 ms``, ``1.42 s``, ``2m 5s``."""
    if duration_s < 0.01:
        return f"{duration_s * 1000:.2g} ms"
    if duration_s < 0.9995:
        return f"{duration_s * 1000:.0f} ms"
    if duration_s < 60:
        return f"{duration_s:.3g} s"
    return span(duration_s)


def span(duration_s: float) -> str:
    """Return a longer duration in its two largest units, such as ``1h 5m``."""
    return format_duration(duration_s) if duration_s > 0 else "0s"


def rate(per_s: float) -> str:
    """Return a rate such as ``25.1/s``."""
    return f"{per_s:,.0f}/s" if per_s >= 100 else f"{per_s:.3g}/s"


def count(number: int) -> str:
    """Return a count with thousands set apart."""
    return f"{number:,}"


def clock(offset_s: float, span_s: float) -> str:
    """Return a time of the run: seconds, or minutes and seconds when the run is long."""
    if span_s <= 600:
        return f"{offset_s:g} s"
    minutes, rest = divmod(round(offset_s), 60)
    return f"{minutes}:{rest:02d}"


def instant(at: datetime) -> str:
    """Return a time for people, in UTC."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def iso(at: datetime) -> str:
    """Return a time for programs: ISO 8601 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
