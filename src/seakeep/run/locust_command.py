"""How a command of ours starts Locust: without its web interface, and with little to say."""

from __future__ import annotations

import sys

from seakeep.run.project import Project
from seakeep.scenario import Scenario

__all__ = ["locust_command"]

_LOCUST = (sys.executable, "-m", "locust", "--headless", "--only-summary", "--loglevel", "WARNING")


def locust_command(
    project: Project, scenario: Scenario, *options: str, allow_production: bool
) -> list[str]:
    """Return the command that loads a platform by a scenario.

    Args:
        project: Where the locustfile is.
        scenario: By which scenario.
        options: More options.
        allow_production: Whether the platform may be production.
    """
    command = [*_LOCUST, "-f", str(project.root / scenario.file), *options]
    return [*command, "--allow-production"] if allow_production else command
