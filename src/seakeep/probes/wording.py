"""Observations as text for a terminal: a line each, and a few lines for one that is not good."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from seakeep.duration import format_duration
from seakeep.observation import Kind, Observation, Outcome, Phases
from seakeep.plain import plain
from seakeep.probes.streak import streak_of

__all__ = ["failure_text", "summary_lines"]

_VITALS = (("lcp_ms", "LCP"), ("inp_ms", "INP"), ("cls", "CLS"), ("ttfb_ms", "TTFB"))
_PHASES = ("resolve", "connect", "tls", "processing", "transfer")
_WIDTH = 100
_LONGEST_NAME = 48


def summary_lines(observations: Sequence[Observation]) -> list[str]:
    """Return state, name, duration, and how the time was spent or why it failed: a line each.

    What was found of a good one that is no failure stands below it, in the same piece of text.
    """
    longest = max((len(one.name) for one in observations), default=0)
    width = min(max(longest, 12), _LONGEST_NAME)
    return [_summary_line(one, width) for one in observations]


def _summary_line(observation: Observation, width: int) -> str:
    duration = format_duration(observation.duration_s)
    name = observation.name
    name = name if len(name) <= width else f"{name[: width - 3]}..."
    line = f"{observation.outcome:<7}  {name:<{width}} {duration:>7}  "
    if observation.outcome is not Outcome.GOOD:
        row = streak_of(observation)
        rest = f"{observation.cause}, {row} in a row" if row > 1 else observation.cause
    elif observation.kind is Kind.JOURNEY:
        rest = _vitals(observation)
    else:
        rest = _phases(observation.phases, _WIDTH - len(line))
    return "\n".join([f"{line}{rest}".rstrip(), *_findings(observation)])


def _findings(observation: Observation) -> Iterator[str]:
    told = str(observation.attributes.get("findings", ""))
    if told and observation.outcome is Outcome.GOOD:
        yield from textwrap.wrap(
            f"found: {plain(told)}", _WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 16
        )


def failure_text(
    observation: Observation, *, repeat: str = "", threshold: int = 1, at: str = ""
) -> str:
    """Return what was wanted and got, where the time went, and how to see it again.

    Args:
        observation: One that is bad or invalid.
        repeat: A command that does the same by hand.
        threshold: How many failures in a row fail the test.
        at: The line of the test that asked.
    """
    message = observation.message
    if observation.outcome is Outcome.INVALID:
        message = f"the observer was unfit: {message}"
    elif threshold > 1:
        message = f"{streak_of(observation)} failures in a row: {message}"
    attributes = observation.attributes
    details = (
        ("cause", observation.cause),
        ("phases", _phases(observation.phases, _WIDTH - 11)),
        ("at", at),
        ("repeat", repeat),
        ("trace", attributes.get("trace_id", "")),
        ("picture", attributes.get("screenshot", "")),
        ("script", attributes.get("js_error", "")),
    )
    return "\n".join([*_wrapped(message), *(f"  {name:<8} {val}" for name, val in details if val)])


def _wrapped(message: str) -> Iterator[str]:
    for number, line in enumerate(message.split("\n")):
        indent = "    " if number else ""
        yield from textwrap.wrap(
            line,
            _WIDTH,
            initial_indent=indent,
            subsequent_indent="    ",
            break_on_hyphens=False,
        ) or [""]


def _phases(phases: Phases | None, room: int) -> str:
    """Return how the time was spent; where there is no room for all, without the shortest."""
    seconds = {name: getattr(phases, f"{name}_s") for name in _PHASES} if phases else {}
    spent = {name: value for name, value in seconds.items() if value is not None}
    while spent:
        text = ", ".join(f"{name} {format_duration(value)}" for name, value in spent.items())
        if len(text) <= room:
            return text
        del spent[min(spent, key=lambda name: spent[name])]
    return ""


def _vitals(observation: Observation) -> str:
    found = ((label, observation.attributes.get(key)) for key, label in _VITALS)
    return ", ".join(
        f"{label} {value:g}" + ("" if label == "CLS" else "ms")
        for label, value in found
        if isinstance(value, int | float)
    )
