"""`seakeep capacity`: starts what a search for the capacity needs, and Locust, which does it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from seakeep import environment
from seakeep.errors import RefusedError, UsageError
from seakeep.platform import Platform
from seakeep.platform_file import load_platform
from seakeep.processes import adopt_orphans, end_descendants, run_to_end
from seakeep.run.interrupts import Interrupts
from seakeep.run.locust_command import locust_command
from seakeep.run.progress import Progress
from seakeep.run.project import Project, find_project
from seakeep.run.surroundings import sandbox_where_wanted, variables
from seakeep.run.temporary import own_temporary_files
from seakeep.scenario import Scenario

__all__ = ["SANDBOX_LIMIT_PER_S", "Search", "command", "find_capacity"]

SANDBOX_LIMIT_PER_S = 120.0
"""The limit of a sandbox that is started for a search: well below what a generator can make."""

_MARGIN_S = 120.0
"""What a search may take beside its steps: to start, to drain, to record, to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is asked for.

    Attributes:
        scenario: The scenario's name, or ``None`` for the platform's first.
        precision: How close the ends of the interval must be: 0.05 for 5%.
        hold_s: How long a step lasts, in seconds; ``None`` for as long as the precision needs.
        from_per_s: The first rate, or ``None`` for a quarter of the scenario's own.
        to_per_s: The highest rate, or ``None`` for the platform's ``limits.max_rate``.
        allow_production: Whether the platform may be production.
    """

    scenario: str | None = None
    precision: float = 0.05
    hold_s: float | None = None
    from_per_s: float | None = None
    to_per_s: float | None = None
    allow_production: bool = False


def find_capacity(platform: str, asked: Search, progress: Progress) -> int:
    """Search for the highest rate that a platform sustains, and return the exit code.

    Args:
        platform: A name under ``platforms/``, or a path.
        asked: What to search, and how.
        progress: Where to say what is started; the search itself says the rest.

    Raises:
        SeakeepError: The configuration is wrong, or the sandbox could not be brought up.
        KeyboardInterrupt: A signal came; all that was started has been taken down.
    """
    project, home = find_project(platform), environment.home()
    adopt_orphans()
    with Interrupts(lambda: progress.note("patience", "cleaning up")) as interrupts:
        try:
            with (
                own_temporary_files(),
                variables(_identity(project, home)),
                sandbox_where_wanted(
                    project.platform_folder, home, progress, limit_per_s=SANDBOX_LIMIT_PER_S
                ),
            ):
                return _search(project, load_platform(str(project.platform_folder)), asked)
        finally:
            interrupts.hold()
            end_descendants()


def _identity(project: Project, home: Path) -> dict[str, str]:
    """Return what tells children the run, the platform and the store; a search is not pushed."""
    return {
        environment.RUN_ID: environment.new_run_id(),
        environment.HOME: str(home),
        environment.PLATFORM: str(project.platform_folder),
        environment.PUSHGATEWAY: "",
        environment.TEXTFILE: "",
    }


def _search(project: Project, platform: Platform, asked: Search) -> int:
    scenario = _scenario(platform, asked.scenario)
    _check(platform, asked)
    return run_to_end(
        command(project, scenario, asked),
        env={**os.environ, "PYTHONUNBUFFERED": "1"},  # a line is told when it is written
        cwd=project.root,
        log=None,
        timeout_s=platform.limits.max_load_duration_s + _MARGIN_S,
    )


def command(project: Project, scenario: Scenario, asked: Search) -> list[str]:
    """Return the command that searches: Locust's own, with the options of a search."""
    options = ["--find-capacity"]
    for option, value in (
        ("--capacity-precision", asked.precision),
        ("--capacity-hold", asked.hold_s),
        ("--capacity-from", asked.from_per_s),
        ("--capacity-to", asked.to_per_s),
    ):
        options += [] if value is None else [option, f"{value:g}"]
    return locust_command(project, scenario, *options, allow_production=asked.allow_production)


def _scenario(platform: Platform, name: str | None) -> Scenario:
    if not platform.scenarios:
        raise UsageError(
            f"platform {platform.name} has no scenario: wanted one in {_file(platform)}"
        )
    return platform.scenarios[0] if name is None else platform.scenario(name)


def _check(platform: Platform, asked: Search) -> None:
    """Refuse before anything is started; Locust refuses the rest."""
    platform.allow_action(allow_production=asked.allow_production)
    most_per_s = platform.limits.max_rate_per_s
    top_per_s = most_per_s if asked.to_per_s is None else asked.to_per_s
    if top_per_s > most_per_s:
        raise RefusedError(
            f"platform {platform.name}: --to {top_per_s:g}/s is above its limits.max_rate of "
            f"{most_per_s:g}"
        )
    if asked.from_per_s is not None and asked.from_per_s > top_per_s:
        raise UsageError(
            f"--from {asked.from_per_s:g}/s: wanted no more than the highest rate, {top_per_s:g}/s"
        )


def _file(platform: Platform) -> Path:
    return platform.folder / "platform.yaml"
