"""Seakeep's section of pytest's report: what was seen, and what it means for the objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seakeep.errors import SeakeepError
from seakeep.pytest_plugin.run_seen import RUN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seakeep.observation import Observation
    from seakeep.platform import Platform

__all__ = ["not_ended_line", "pytest_terminal_summary"]

_MOST_SHOWN = 40
"""With more than these, the good ones are counted; ``-v`` shows them all the same."""
_MOST_NAMED = 5
_ORDER = ("good", "invalid", "bad")
"""What is not good comes last, next to the verdicts."""
_COLOURS = {"good": "green", "bad": "red", "invalid": "yellow"}


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Show one line for each check and journey, then the objectives."""
    run = config.stash.get(RUN, None)
    if run is None or not (run.observations or run.not_ended or run.problem):
        return
    terminalreporter.section(f"seakeep: {run.platform.title}" if run.platform else "seakeep")
    _show_observations(terminalreporter, run.observations, config.get_verbosity())
    if run.not_ended:
        terminalreporter.line(not_ended_line(run.not_ended), yellow=True)
    if run.problem:
        terminalreporter.line(f"ERROR: {run.problem}", red=True)
    elif run.platform:
        terminalreporter.line("")
        for line in _verdict_lines(run.platform):
            terminalreporter.line(line)
    if run.pushed:
        terminalreporter.line(run.pushed)


def _show_observations(
    terminal: pytest.TerminalReporter, observations: Sequence[Observation], verbosity: int
) -> None:
    from seakeep.fitness_wording import fitness_summary  # noqa: PLC0415
    from seakeep.probes.wording import summary_lines  # noqa: PLC0415

    shown = sorted(observations, key=lambda one: _ORDER.index(one.outcome))
    if verbosity < 0 or (verbosity == 0 and len(observations) > _MOST_SHOWN):
        shown = [one for one in shown if one.outcome != "good" or one.attributes.get("findings")]
    for one, line in zip(shown, summary_lines(shown), strict=True):
        terminal.line(line, **{_COLOURS[one.outcome]: True})
    if left := len(observations) - len(shown):
        ones = "good one" if left == 1 else "good ones"
        terminal.line(f"and {left} {ones}" if shown else f"{left} good", green=True)
    if unfit := fitness_summary(observations):
        terminal.line(unfit, yellow=True)


def not_ended_line(names: Sequence[str]) -> str:
    """Return a line that names those without which the run looks better than the platform."""
    checks = "check" if len(names) == 1 else "checks"
    left = len(names) - _MOST_NAMED
    more = f" and {left} more" if left > 0 else ""
    return f"not ended: {len(names)} {checks}: {', '.join(names[:_MOST_NAMED])}{more}"


def _verdict_lines(platform: Platform) -> list[str]:
    """Return the objectives on checks and journeys, as ``seakeep check`` shows them."""
    from seakeep.observation import Kind  # noqa: PLC0415
    from seakeep.slo.check import Question, check_platform  # noqa: PLC0415
    from seakeep.slo.openslo import load_objectives  # noqa: PLC0415
    from seakeep.slo.table import verdict_lines  # noqa: PLC0415

    try:
        names = tuple(
            objective.name
            for objective in load_objectives(platform)
            if objective.counts(Kind.PROBE) or objective.counts(Kind.JOURNEY)
        )
        if not names:
            return []
        return verdict_lines(check_platform(str(platform.folder), Question(objectives=names)))
    except SeakeepError as error:
        return [f"no verdicts: {line}" for line in str(error).splitlines()]
