"""Observations as text for a terminal: a line each, and a few lines for one that is not good."""

from __future__ import annotations

from collections.abc import Iterator

from seakeep.duration import format_duration
from seakeep.observation import Kind, Observation, Outcome, Phases

__all__ = ["failure_text", "summary_line"]

_VITALS = (("lcp_ms", "LCP"), ("inp_ms", "INP"), ("cls", "CLS"), ("ttfb_ms", "TTFB"))


def summary_line(observation: Observation) -> str:
    """Return state, name, duration, and how the time was spent or why it failed."""
    rest = observation.cause
    if observation.outcome is Outcome.GOOD:
        is_journey = observation.kind is Kind.JOURNEY
        rest = _vitals(observation) if is_journey else _phases(observation.phases)
    duration = format_duration(observation.duration_s)
    return f"{observation.outcome:<7}  {observation.name:<24} {duration:>7}  {rest}".rstrip()


def failure_text(observation: Observation, *, repeat: str = "") -> str:
    """Return what was wanted and got, where the time went, and how to see it again.

    Args:
        observation: One that is bad or invalid.
        repeat: A command that does the same by hand.
    """
    message = observation.message
    if observation.outcome is Outcome.INVALID:
        message = f"the observer was unfit: {message}"
    attributes = observation.attributes
    details = (
        ("cause", observation.cause),
        ("phases", _phases(observation.phases)),
        ("repeat", repeat),
        ("trace", attributes.get("trace_id", "")),
        ("picture", attributes.get("screenshot", "")),
        ("script", attributes.get("js_error", "")),
    )
    return "\n".join([message, *(f"  {name:<8} {value}" for name, value in details if value)])


def _phases(phases: Phases | None) -> str:
    return ", ".join(_phase_parts(phases)) if phases else ""


def _phase_parts(phases: Phases) -> Iterator[str]:
    for name in ("resolve", "connect", "tls", "processing", "transfer"):
        seconds = getattr(phases, f"{name}_s")
        if seconds is not None:
            yield f"{name} {format_duration(seconds)}"


def _vitals(observation: Observation) -> str:
    found = ((label, observation.attributes.get(key)) for key, label in _VITALS)
    return ", ".join(
        f"{label} {value:g}" + ("" if label == "CLS" else "ms")
        for label, value in found
        if isinstance(value, int | float)
    )
