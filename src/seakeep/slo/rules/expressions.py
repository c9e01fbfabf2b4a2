"""Pieces of PromQL: durations, numbers, label matchers, comparisons."""

from __future__ import annotations

import json
from collections.abc import Mapping

from seakeep.slo.objective import Operator

__all__ = ["COMPARISON", "duration", "metric", "number"]

COMPARISON: Mapping[Operator, str] = {
    Operator.LESS_OR_EQUAL: "<=",
    Operator.LESS: "<",
    Operator.GREATER_OR_EQUAL: ">=",
    Operator.GREATER: ">",
}
"""OpenSLO's operators as PromQL writes them."""

# Years and weeks only when they come out even; so ``7d`` is ``1w`` but ``30d`` stays, as in
# https://github.com/prometheus/common/blob/main/model/time.go, and thus in Sloth's series.
_EVEN_UNITS_MS = {"y": 31_536_000_000, "w": 604_800_000}
_UNITS_MS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}


def duration(seconds: float) -> str:
    """Return a duration as Prometheus prints it: ``5m``, ``1h30m``, ``1w``, ``30d``."""
    rest = max(1, round(seconds * 1000))
    for unit, size in _EVEN_UNITS_MS.items():
        if rest % size == 0:
            return f"{rest // size}{unit}"
    text = ""
    for unit, size in _UNITS_MS.items():
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text


def number(value: float) -> str:
    """Return a number without the noise of binary fractions: 0.001 for ``1 - 0.999``."""
    return f"{value:.10g}"


def metric(name: str, labels: Mapping[str, str], *, among: Mapping[str, str] | None = None) -> str:
    """Return a selector of series with these labels, and labels that match an expression."""
    matchers = [f"{key}={json.dumps(value)}" for key, value in labels.items()]
    matchers += [f"{key}=~{json.dumps(value)}" for key, value in (among or {}).items()]
    return f"{name}{{{', '.join(matchers)}}}"
