"""What a step showed, in a line."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seakeep.observation import Kind, Observation, Outcome
from seakeep.redact import redact
from seakeep.reports.quantile import quantile

if TYPE_CHECKING:
    from seakeep.chaos.result import ExperimentResult

__all__ = ["experiment_detail", "last_line", "load_detail", "probe_detail"]

_MOST_LINE = 300
_MOST_MESSAGE = 80
_MOST_TROUBLE = 2


def probe_detail(seen: Sequence[Observation]) -> str:
    """Return how many checks or journeys were good, why others were not, and the main vitals."""
    good = [observation for observation in seen if observation.outcome is Outcome.GOOD]
    parts = [f"{len(good)} of {len(seen)} good"]
    trouble = [observation for observation in seen if observation.outcome is not Outcome.GOOD]
    parts += [_short(f"{o.name}: {o.message}") for o in trouble[:_MOST_TROUBLE]]
    if len(trouble) > _MOST_TROUBLE:
        parts.append(f"and {len(trouble) - _MOST_TROUBLE} more")
    parts += [_vitals(observation) for observation in good if observation.kind is Kind.JOURNEY]
    return "; ".join(part for part in parts if part)


def load_detail(seen: Sequence[Observation]) -> str:
    """Return how much load there was, and how fast it was answered."""
    if not seen:
        return "no requests"
    bad = sum(1 for observation in seen if observation.outcome is not Outcome.GOOD)
    span_s = (seen[-1].at - seen[0].at).total_seconds() or math.inf
    p95_ms = quantile(sorted(o.duration_s for o in seen), 0.95) * 1000
    return f"{len(seen)} requests, {len(seen) / span_s:.0f}/s, {bad} bad, p95 {p95_ms:.0f} ms"


def experiment_detail(result: ExperimentResult) -> str:
    """Return what was injected or why not, and how the platform bore it."""
    parts = [result.message or result.fault]
    if result.worst_error_ratio is not None:
        parts.append(f"{result.worst_error_ratio:.0%} bad in the worst second")
    if result.recover_s is not None:
        parts.append(f"recovered in {result.recover_s:.1f} s")
    return ", ".join(part for part in parts if part)


def last_line(log: Path) -> str:
    """Return the last line of a log that says anything, fit to print."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()]
    last = next((line for line in reversed(lines) if line), "no output")
    printable = "".join(character for character in last if character.isprintable())
    return redact(printable[:_MOST_LINE])


def _short(text: str) -> str:
    return text if len(text) <= _MOST_MESSAGE else f"{text[:_MOST_MESSAGE]}..."


def _vitals(journey: Observation) -> str:
    shown = [
        f"{name.removesuffix('_ms').upper()} {value:.0f} ms"
        for name in ("lcp_ms", "inp_ms", "ttfb_ms")
        if isinstance(value := journey.attributes.get(name), int | float)
    ]
    return f"{journey.name}: {', '.join(shown)}" if shown else ""
