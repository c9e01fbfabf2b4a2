"""What a step showed, in a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seakeep.load_summary import summarize_load, unfitness_told
from seakeep.observation import Kind, Observation, Outcome
from seakeep.redact import redact

if TYPE_CHECKING:
    from seakeep.experiment_result import ExperimentResult

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


def load_detail(seen: Iterable[Observation]) -> str:
    """Return how much load there was, how fast it was answered, and what the generator missed.

    Args:
        seen: Requests, batches of them, and what the generator told of itself.
    """
    loaded = summarize_load(seen)
    total = loaded.total
    if not total.count:
        return "no requests"
    parts = [f"{total.count} requests", f"{loaded.requests_per_s:.0f}/s", f"{total.bad} bad"]
    if total.invalid:
        parts.append(f"{total.invalid} invalid")
    if total.response.p95_s is not None:
        parts.append(f"p95 {total.response.p95_s * 1000:.0f} ms")
    if loaded.arrivals.missed:
        parts.append(f"{loaded.arrivals.missed} of {loaded.arrivals.due} arrivals missed")
    return "; ".join([", ".join(parts), *filter(None, [unfitness_told(loaded.generator)])])


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
