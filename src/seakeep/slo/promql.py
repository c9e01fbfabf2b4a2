"""What a query of an objective may be, and how it is put over a window.

A query takes one of two forms:

- a *selector*, such as ``http_requests_total{status_code!~"5.."}``, perhaps in ``sum(...)``:
  Seakeep puts the window, and what is needed around it, in place;
- an *expression* in which ``{{.window}}`` stands wherever the window belongs, as in Sloth's files
  (https://sloth.dev/usage/slos/): ``sum(increase(orders_total[{{.window}}]))``.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

__all__ = [
    "Selector",
    "has_window",
    "increase_over",
    "longest_range_s",
    "prometheus_duration",
    "selector",
    "with_window",
]

_TEXT = r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'" + r"|`[^`]*`"
_MATCHER = rf"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:=~|!~|!=|=)\s*(?:{_TEXT})\s*"
_NAME = r"[A-Za-z_:][A-Za-z0-9_:]*"
_MATCHERS = rf"(?:{_MATCHER},)*(?:{_MATCHER})?\s*"
_SELECTOR = re.compile(
    rf"\s*(?P<name>{_NAME})?\s*(?:\{{(?P<matchers>{_MATCHERS})\}})?\s*",
)
_SUM = re.compile(r"\s*sum\s*\((?P<inner>.*)\)\s*", re.DOTALL)
_WINDOW = re.compile(r"\{\{\s*\.window\s*\}\}")
_RATE_OVER_WINDOW = re.compile(
    rf"\brate(\s*\(\s*(?:{_NAME})?\s*(?:\{{{_MATCHERS}\}})?\s*\[\s*{_WINDOW.pattern}\s*\])"
)
_PER_SECOND = re.compile(r"\b(?:rate|irate|deriv)\s*\(")
_STRINGS = re.compile(_TEXT)
_RANGE = re.compile(r"\[\s*((?:\d+(?:ms|[smhdwy]))+)\s*[\]:]")
_PART = re.compile(r"(\d+)(ms|[smhdwy])")
_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "y": 31536000.0,
}

WANTED = (
    "a selector such as http_requests_total{status_code!~'5..'}, or an expression with "
    "{{.window}} in the place of the window, such as sum(increase(orders_total[{{.window}}]))"
)


@dataclass(frozen=True, slots=True)
class Selector:
    """An instant vector selector.

    Attributes:
        text: As it stands in the query.
        name: The metric's name, or nothing when only labels are matched.
        labels: The names of the labels it matches, each once.
    """

    text: str
    name: str
    labels: tuple[str, ...]


def selector(query: str) -> Selector | None:
    """Return the selector that a query is, or sums up with ``sum(...)``; ``None`` for others."""
    summed = _SUM.fullmatch(query)
    text = (summed["inner"] if summed else query).strip()
    match = _SELECTOR.fullmatch(text)
    if match is None or not text or (match["name"] is None and not match["matchers"]):
        return None
    labels = re.findall(_MATCHER, match["matchers"] or "")
    return Selector(text, match["name"] or "", tuple(dict.fromkeys(labels)))


def has_window(query: str) -> bool:
    """Return whether ``{{.window}}`` stands in a query."""
    return _WINDOW.search(query) is not None


def with_window(query: str, window_s: float) -> str:
    """Return a query with a window in place of every ``{{.window}}``."""
    return _WINDOW.sub(prometheus_duration(window_s), query)


def increase_over(query: str, window_s: float) -> str:
    """Return the expression for how much the counters of a query grew over a window.

    ``rate(x[{{.window}}])``, which Sloth's files have, is taken for ``increase``: that is the same
    times the window's seconds (https://prometheus.io/docs/prometheus/latest/querying/functions/).

    Raises:
        ValueError: It is neither a selector nor has a ``{{.window}}``, or gives something per
            second; the text says what is wanted. Prometheus itself would answer, and what it says
            would be no count of events: the increase of a sum, for one, takes the end of one
            series for a reset of all.
    """
    if has_window(query):
        counted = _RATE_OVER_WINDOW.sub(r"increase\1", query)
        if _PER_SECOND.search(_STRINGS.sub('""', counted)):
            raise ValueError("events, not events per second: increase(...[{{.window}}])")
        return with_window(counted, window_s)
    found = selector(query)
    if found is None:
        raise ValueError(WANTED)
    return f"sum(increase({found.text}[{prometheus_duration(window_s)}]))"


def longest_range_s(query: str) -> float:
    """Return the longest range in a query, such as 300 for ``rate(x[5m])``; 0 without any."""
    ranges = _RANGE.findall(_STRINGS.sub('""', query))
    return max(
        (sum(int(n) * _SECONDS[unit] for n, unit in _PART.findall(text)) for text in ranges),
        default=0.0,
    )


def prometheus_duration(seconds: float) -> str:
    """Return a duration as PromQL writes it, to the millisecond: ``3600s``, ``1500ms``."""
    milliseconds = max(1, math.floor(seconds * 1000 + 0.5))
    whole, rest = divmod(milliseconds, 1000)
    return f"{milliseconds}ms" if rest else f"{whole}s"
