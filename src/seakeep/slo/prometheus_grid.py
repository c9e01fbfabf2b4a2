"""When a query is asked within a window: the steps, and what they see."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from seakeep.slo.prometheus_api import Prometheus, Series
from seakeep.slo.promql import longest_range_s, prometheus_duration
from seakeep.slo.source_seakeep import Scope

__all__ = ["Grid", "Span", "grid"]

_STEPS = 1440
_SHORTEST_STEP_S = 15.0
"""A usual scrape interval: there is little to see between two steps."""

LOOK_BACK_S = 300.0
"""How long Prometheus takes a sample for current (``--query.lookback-delta``): a longer step could
miss samples altogether."""


@dataclass(frozen=True, slots=True)
class Span:
    """A window in seconds since 1970."""

    start_s: float
    end_s: float

    @classmethod
    def of(cls, scope: Scope) -> Span:
        """Return the window of a scope."""
        return cls(scope.start.timestamp(), scope.end.timestamp())

    @property
    def window_s(self) -> float:
        """Return its length, in seconds."""
        return self.end_s - self.start_s

    @property
    def step_s(self) -> float:
        """Return the plain step: a 1440th of the window, from 15 s to 5 minutes."""
        return float(round(min(LOOK_BACK_S, max(_SHORTEST_STEP_S, self.window_s / _STEPS))))

    @property
    def subquery(self) -> str:
        """Return the window as the range of a subquery, such as ``2592000s:300s``.

        Its step may be shorter than a scrape interval: it is for finding when something began.
        """
        grain_s = float(math.ceil(min(LOOK_BACK_S, self.window_s / _STEPS)))
        return f"{prometheus_duration(self.window_s)}:{prometheus_duration(grain_s)}"

    def time(self, at_s: float) -> datetime:
        """Return a time within the window."""
        return datetime.fromtimestamp(min(self.end_s, max(self.start_s, at_s)), UTC)


@dataclass(frozen=True, slots=True)
class Grid:
    """The times at which a query is asked: every step from the first to the last."""

    first_s: float
    last_s: float
    step_s: float

    def ask(self, server: Prometheus, query: str) -> Iterator[Series]:
        """Yield what an expression gives there; a series comes again in every further answer.

        Raises:
            SourceError: As with `Prometheus.range`.
        """
        for answer in server.range(query, self.first_s, self.last_s, self.step_s):
            yield from answer


def grid(span: Span, query: str, *, at_least_s: float = 0.0) -> Grid:
    """Return the times to ask a query at.

    A range within the query, such as the 5 minutes of ``rate(x[5m])``, makes the step at least as
    long: two answers that share most of their data are not two events.

    Args:
        span: The window; its begin is excluded, as what is seen there was before.
        query: The query.
        at_least_s: The shortest step that is wanted, in seconds.
    """
    step_s = max(span.step_s, float(math.ceil(longest_range_s(query))), at_least_s)
    # Whole multiples of the step, so that to look again is to see the same; but with few steps
    # the latest data count more than that.
    few = step_s * 100 > span.window_s
    last_s = span.end_s if few else math.floor(span.end_s / step_s) * step_s
    steps = max(0, math.ceil((last_s - span.start_s) / step_s - 1e-9) - 1)
    return Grid(last_s - steps * step_s, last_s, step_s)
