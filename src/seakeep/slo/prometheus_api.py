"""Prometheus' HTTP API, as far as objectives need it: one expression at one time, or over a range.

https://prometheus.io/docs/prometheus/latest/querying/api/. Thanos, Mimir and VictoriaMetrics speak
it too. Whatever is not a whole and well-formed answer is a `SourceError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from seakeep.errors import SourceError
from seakeep.redact import redact
from seakeep.slo.prometheus_exchange import Reply, Server, exchange, shown

__all__ = ["DEADLINE_S", "MAX_POINTS", "Point", "Prometheus", "Series"]

DEADLINE_S = 30.0
"""The most that one query may take, from the look-up of the name to the last byte, in seconds."""

MAX_POINTS = 11_000
"""The most points per series of one answer: a limit of Prometheus' own, web/api/v1/api.go."""


class Point(NamedTuple):
    """A value at a time; the value may be NaN or infinite."""

    at_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Series:
    """One series of an answer: its labels, and its points in the order of time.

    Attributes:
        labels: The labels with the metric's name as ``__name__``; none for a scalar.
        points: One for an instant query, any number for a range query.
    """

    labels: Mapping[str, str]
    points: tuple[Point, ...]


class Prometheus:
    """One server, asked one query at a time."""

    def __init__(self, address: str | None = None, *, deadline_s: float = DEADLINE_S) -> None:
        """Take the address given, or else that of ``$SEAKEEP_PROMETHEUS``.

        Args:
            address: The server's URL; its user information becomes basic authentication, its path
                a prefix.
            deadline_s: The most that one query may take, in seconds.

        Raises:
            SourceError: There is no address, or it is no ``http`` or ``https`` URL with a host.
        """
        self._server = Server.at(address)
        self._deadline_s = deadline_s

    def instant(self, query: str, at_s: float) -> tuple[Series, ...]:
        """Return the value of an expression at a time, in seconds since 1970; a point per series.

        Raises:
            SourceError: The server can't be reached, refuses, or answers anything but numbers.
        """
        form = {"query": query, "time": f"{at_s:.3f}"}
        return self._ask("query", query, form, {"vector", "scalar"})

    def range(
        self, query: str, start_s: float, end_s: float, step_s: float
    ) -> Iterator[tuple[Series, ...]]:
        """Yield the values of an expression at every step between two times, both included.

        In as many answers as `MAX_POINTS` asks for, in the order of time.

        Raises:
            SourceError: As with `instant`.
        """
        steps = math.floor((end_s - start_s) / step_s + 1e-9)
        for first in range(0, steps + 1, MAX_POINTS):
            last = min(steps, first + MAX_POINTS - 1)
            form = {
                "query": query,
                "start": f"{start_s + first * step_s:.3f}",
                "end": f"{start_s + last * step_s:.3f}",
                "step": f"{step_s:.3f}",
            }
            yield self._ask("query_range", query, form, {"matrix"})

    def problem(self, query: str, found: str, wanted: str) -> SourceError:
        """Return an error that says what was found at which server for which query."""
        return SourceError(
            redact(f"{self._server.shown}: found {found} for {shown(query)!r}; wanted {wanted}")
        )

    def _ask(
        self, endpoint: str, query: str, form: Mapping[str, str], kinds: set[str]
    ) -> tuple[Series, ...]:
        # The server gives up when nobody waits any more.
        whole = {**form, "timeout": f"{self._deadline_s:.3f}"}
        reply = exchange(self._server, f"/api/v1/{endpoint}", whole, self._deadline_s)
        body = self._body(query, reply)
        warnings = body.get("warnings")
        if warnings:
            first = warnings[0] if isinstance(warnings, list) else warnings
            raise self.problem(query, f"a partial answer ({shown(first)})", "a whole one")
        try:
            return tuple(_series(body["data"], kinds))
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            detail = shown(error) if isinstance(error, _UnexpectedError) else "no result"
            raise self.problem(
                query, detail, f"a {' or '.join(sorted(kinds))} of numbers"
            ) from None

    def _body(self, query: str, reply: Reply) -> Mapping[str, object]:
        """The answer's JSON, when it says success."""
        try:
            body: object = json.loads(reply.content)
        except (ValueError, RecursionError):
            body = None
        if isinstance(body, dict) and body.get("status") == "error":
            kind, text = shown(body.get("errorType")), shown(body.get("error"))
            found = f"the error {kind} ({text}), status {reply.status},"
            raise self.problem(query, found, "an answer")
        if reply.status != 200:
            raise self.problem(query, f"status {reply.status}", "200 with a result")
        if not isinstance(body, dict) or body.get("status") != "success":
            begin = shown(reply.content[:60].decode("utf-8", "replace"))
            raise self.problem(query, f"{begin!r}", "the JSON of Prometheus' API")
        return body


class _UnexpectedError(ValueError):
    """The answer holds something else than was asked for."""


def _series(result: object, kinds: set[str]) -> Iterator[Series]:
    if not isinstance(result, dict):
        raise _UnexpectedError("no result")
    kind, found = str(result["resultType"]), result["result"]
    if kind not in kinds:
        raise _UnexpectedError(f"a {kind}")
    if not isinstance(found, list):
        raise _UnexpectedError("a result that is no list")
    if kind == "scalar":
        yield Series({}, (_point(found),))
        return
    for one in found:
        if "histogram" in one or "histograms" in one:
            raise _UnexpectedError("a native histogram")
        points = one["values"] if kind == "matrix" else [one["value"]]
        labels = {str(name): str(value) for name, value in dict(one["metric"]).items()}
        yield Series(labels, tuple(_point(pair) for pair in points))


def _point(pair: list[object]) -> Point:
    """A point from ``[time, "value"]``; values are texts so that NaN and infinities can be told."""
    at, value = pair
    if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
        raise _UnexpectedError(f"the time {at!r}")
    if not isinstance(value, str):
        raise _UnexpectedError(f"the value {value!r}")
    return Point(float(at), float(value))
